import type { FreeSpace } from '@registry-cache/domain';
import {
  type DiskSpace,
  diskSpace,
  INODES_PER_FETCH,
  isShortOfInodes,
} from '../plan/disk-space.ts';
import { boundByDisk, boundByPins, type Limits } from '../plan/limits.ts';
import type { Disk } from '../scan/read-disk.ts';
import { beginEstimate, type Estimate, followDisk } from './estimate.ts';

/** The share of pending bytes and inodes that is still expected after one more second. */
const STILL_PENDING_PER_SECOND = 0.98;

/** The share of the store that may come above the pins before a run looks what it can free. */
const SLACK_ABOVE_PINS = 0.01;

/** The results of a run that the ledger needs. */
export interface Measurement {
  readonly usedBeforeBytes: number;
  readonly usedAfterBytes: number;
  /** What pins keep from eviction. */
  readonly pinned: { readonly bytes: number };
  /** The number of running downloads. */
  readonly inFlight: number;
}

/**
 * Ledger of the bytes that the store holds and will hold, between two walks over it. It adds the
 * last measurement, the growth of the disk since, and the grants that are not on the disk yet. A
 * grant costs one addition.
 */
export class Ledger {
  readonly #limits: Limits;
  readonly #minFree: FreeSpace;
  #estimate: Estimate | undefined;
  #disk: DiskSpace | undefined;
  #pinnedBytes = 0;
  #pendingBytes = 0;
  #pendingInodes = 0;
  #followedMs: number | undefined;

  constructor(limits: Limits, minFree: FreeSpace) {
    this.#limits = limits;
    this.#minFree = minFree;
  }

  /** Estimated bytes in the store; undefined before the first measurement. */
  get usedBytes(): number | undefined {
    return this.#estimate?.usedBytes;
  }

  /** Bytes that were granted and are not on the disk yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get disk(): DiskSpace | undefined {
    return this.#disk;
  }

  get limits(): Limits {
    const limits = boundByDisk(this.#limits, this.usedBytes ?? 0, this.#disk);
    return boundByPins(limits, this.#pinnedBytes);
  }

  /** The same limits for content that is not pinned. */
  get room(): Limits {
    const { startBytes, targetBytes } = this.limits;
    return {
      startBytes: Math.max(0, startBytes - this.#pinnedBytes),
      targetBytes: Math.max(0, targetBytes - this.#pinnedBytes),
    };
  }

  /** Whether pins leave no room for other content. */
  get isFullOfPins(): boolean {
    return this.room.startBytes === 0;
  }

  /** The size above which a run is due before the timer. */
  get wakeBytes(): number {
    const { startBytes, targetBytes } = this.limits;
    if (!this.isFullOfPins) return startBytes;
    // Each manifest that comes would wake it otherwise, and a run can free little more.
    return startBytes + targetBytes * SLACK_ABOVE_PINS;
  }

  fits(bytes: number): boolean {
    if (this.usedBytes === undefined || !this.#hasInodes()) return false;
    return this.usedBytes + this.#pendingBytes + bytes <= this.limits.startBytes;
  }

  /** Whether a store with nothing but pinned content would still be too small. */
  exceedsLimit(bytes: number): boolean {
    return bytes > this.room.startBytes;
  }

  /** Whether the disk has fewer free inodes than its minimum. */
  get isShortOfInodes(): boolean {
    return isShortOfInodes(this.#disk);
  }

  grant(bytes: number): void {
    this.#pendingBytes += bytes;
    this.#pendingInodes += INODES_PER_FETCH;
  }

  /**
   * Takes a new look at the disk into account, about once a second. Growth of the disk means that
   * pending bytes have arrived. The bytes of a failed fetch never arrive, and fade out.
   * @param nowMs of a monotonic clock.
   */
  followDisk(disk: Disk | undefined, nowMs: number): void {
    const seconds = (nowMs - (this.#followedMs ?? nowMs)) / 1000;
    this.#followedMs = nowMs;
    const stillPending = this.#pendingBytes * STILL_PENDING_PER_SECOND ** seconds;
    this.#followInodes(disk, seconds);
    this.#disk = disk && diskSpace(disk, this.#minFree);
    this.#pendingBytes = stillPending;
    if (this.#estimate === undefined) return;
    const before = this.#estimate.usedBytes;
    this.#estimate = followDisk(this.#estimate, disk?.usedBytes);
    const gainedBytes = this.#estimate.usedBytes - before;
    this.#pendingBytes = Math.max(0, stillPending - gainedBytes);
  }

  /**
   * Takes the measurement of a run over.
   * @param measurement undefined after a run that failed.
   * @param diskBytes in use when the run began.
   * @param pendingBytes when the run began. If no download is running, none of them will arrive.
   */
  recordRun(
    measurement: Measurement | undefined,
    diskBytes: number | undefined,
    pendingBytes: number,
  ): void {
    this.#estimate = measurement && beginEstimate(measurement, diskBytes);
    this.#pinnedBytes = measurement?.pinned.bytes ?? this.#pinnedBytes;
    if (measurement?.inFlight === 0) {
      this.#pendingInodes = 0;
      this.#pendingBytes = Math.max(0, this.#pendingBytes - pendingBytes);
    }
  }

  /** Inodes that the disk has lost are pending inodes that have arrived. */
  #followInodes(disk: Disk | undefined, seconds: number): void {
    const before = this.#disk?.inodes?.available;
    const takenInodes = before === undefined ? 0 : before - (disk?.inodes?.available ?? before);
    const stillPending = this.#pendingInodes * STILL_PENDING_PER_SECOND ** seconds;
    this.#pendingInodes = Math.max(0, stillPending - Math.max(0, takenInodes));
  }

  #hasInodes(): boolean {
    const inodes = this.#disk?.inodes;
    if (inodes === undefined) return true;
    return inodes.available - this.#pendingInodes - INODES_PER_FETCH >= inodes.minFree;
  }
}
