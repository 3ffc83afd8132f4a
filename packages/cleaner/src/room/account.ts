import { boundByDisk, type DiskRoom, type Limits } from '../plan/limits.ts';
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
  readonly #minFreeBytes: (diskBytes: number) => number;
  #estimate: Estimate | undefined;
  #disk: DiskRoom | undefined;
  #comingBytes = 0;
  #followedMs: number | undefined;

  constructor(limits: Limits, minFreeBytes: (diskBytes: number) => number) {
    this.#limits = limits;
    this.#minFreeBytes = minFreeBytes;
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
    if (this.usedBytes === undefined) return false;
    return this.usedBytes + this.#comingBytes + bytes <= this.limits.startBytes;
  }

  /** Whether no cleaning at all could make the room. */
  isTooMuch(bytes: number): boolean {
    return bytes > this.limits.startBytes;
  }

  grant(bytes: number): void {
    this.#comingBytes += bytes;
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
    this.#disk = disk && {
      availableBytes: disk.availableBytes,
      minFreeBytes: this.#minFreeBytes(disk.totalBytes),
    };
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
      this.#comingBytes = Math.max(0, this.#comingBytes - grantedBytes);
    }
  }
}
