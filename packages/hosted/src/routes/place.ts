/** An upload that is there, and the repository that it is for. */
export interface Place {
  /** The engine's name of it. */
  readonly repository: string;
  readonly id: string;
  /** Clients' name of it, in paths. */
  readonly shown: string;
}

/** Where uploads go, before one has begun. */
export type Destination = Omit<Place, 'id'>;
