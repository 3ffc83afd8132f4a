import type { FreeSpace } from '@registry-cache/domain';
import { type DiskRoom, diskRoom, INODES_PER_FETCH, isShortOfInodes } from '../plan/disk-room.ts';
import { boundByDisk, type Limits } from '../plan/limits.ts';
import { beginEstimate, type Estimate, followDisk } from '../run/estimate.ts';
import type { Disk } from '../run/read-disk.ts';
import type { RunReport } from '../run/run-once.ts';

/** Of what was granted and did not come within a second, this much is still waited for. */
const STILL_COMING_PER_SECOND = 0.98;

/**
 * What the store holds and will hold, between two walks: what was measured, what the disk has
 * gained since, and what was granted and is not on the disk yet. A grant costs an addition.
 */
export class Account {
  readonly #limits: Limits;
  readonly #minFree: FreeSpace;
  #estimate: Estimate | undefined;
  #disk: DiskRoom | undefined;
  #comingBytes = 0;
  #comingInodes = 0;
  #followedMs: number | undefined;

  constructor(limits: Limits, minFree: FreeSpace) {
    this.#limits = limits;
    this.#minFree = minFree;
  }

  /** What the store is thought to hold; nothing before it was measured. */
  get usedBytes(): number | undefined {
    return this.#estimate?.usedBytes;
  }

  /** What was granted and has not come yet. */
  get comingBytes(): number {
    return this.#comingBytes;
  }

  get disk(): DiskRoom | undefined {
    return this.#disk;
  }

  get limits(): Limits {
    return boundByDisk(this.#limits, this.usedBytes ?? 0, this.#disk);
  }

  fits(bytes: number): boolean {
    if (this.usedBytes === undefined || !this.#hasInodes()) return false;
    return this.usedBytes + this.#comingBytes + bytes <= this.limits.startBytes;
  }

  /** Whether no cleaning at all could make the room. */
  isTooMuch(bytes: number): boolean {
    return bytes > this.limits.startBytes;
  }

  /** Whether fewer inodes are free than have to stay free. */
  get isShortOfInodes(): boolean {
    return isShortOfInodes(this.#disk);
  }

  grant(bytes: number): void {
    this.#comingBytes += bytes;
    this.#comingInodes += INODES_PER_FETCH;
  }

  /**
   * Takes a look at the disk over, some once a second. What it has gained has come; a fetch that
   * failed never comes, and is forgotten by and by.
   * @param nowMs of a clock that only goes forward.
   */
  follow(disk: Disk | undefined, nowMs: number): void {
    const seconds = (nowMs - (this.#followedMs ?? nowMs)) / 1000;
    this.#followedMs = nowMs;
    const stillComing = this.#comingBytes * STILL_COMING_PER_SECOND ** seconds;
    this.#followInodes(disk, seconds);
    this.#disk = disk && diskRoom(disk, this.#minFree);
    this.#comingBytes = stillComing;
    if (this.#estimate === undefined) return;
    const before = this.#estimate.usedBytes;
    this.#estimate = followDisk(this.#estimate, disk?.usedBytes);
    const gainedBytes = this.#estimate.usedBytes - before;
    this.#comingBytes = Math.max(0, stillComing - gainedBytes);
  }

  /**
   * Takes over what a run has measured; nothing after one that failed.
   * @param diskBytes in use when the run began.
   * @param grantedBytes of `comingBytes` then: with nothing in flight, none of that still comes.
   */
  measured(
    report: RunReport | undefined,
    diskBytes: number | undefined,
    grantedBytes: number,
  ): void {
    this.#estimate = report && beginEstimate(report, diskBytes);
    if (report?.inFlight === 0) {
      this.#comingInodes = 0;
      this.#comingBytes = Math.max(0, this.#comingBytes - grantedBytes);
    }
  }

  /** What the disk has lost of them has come, like bytes. */
  #followInodes(disk: Disk | undefined, seconds: number): void {
    const before = this.#disk?.inodes?.available;
    const takenInodes = before === undefined ? 0 : before - (disk?.inodes?.available ?? before);
    const stillComing = this.#comingInodes * STILL_COMING_PER_SECOND ** seconds;
    this.#comingInodes = Math.max(0, stillComing - Math.max(0, takenInodes));
  }

  #hasInodes(): boolean {
    const inodes = this.#disk?.inodes;
    if (inodes === undefined) return true;
    return inodes.available - this.#comingInodes - INODES_PER_FETCH >= inodes.minFree;
  }
}
