/** Changes with the tables. A database of another version is thrown away: it is history alone. */
const VERSION = 10;

/**
 * A request whose content came here. A HEAD, or a part that was passed on, left nothing, and a tag
 * that could not be asked for has no digest. The index is for questions with this condition alone.
 */
export const LEFT_CONTENT = `status < 300 AND digest <> ''
  AND NOT (kind = 'blob' AND (method = 'HEAD' OR status = 206))`;

/** A database file, with all of its tables. */
export interface Schema {
  /** The name that SQLite has for the file. */
  readonly name: 'main' | 'listing';
  readonly version: number;
  /** Without one of them nothing could be counted. */
  readonly tables: readonly string[];
  readonly sql: string;
}

/** Times are epoch milliseconds; days and hours are counted since the epoch, in UTC. */
export const HISTORY: Schema = {
  name: 'main',
  version: VERSION,
  tables: [
    ...['positions', 'hours', 'pulls', 'pullers', 'fetches'],
    ...['outages', 'evictions', 'requests', 'reasons', 'sizes', 'goneTags'],
  ],
  sql: `
  -- How far each source is read. Written in the transaction of its counts.
  CREATE TABLE positions (
    source TEXT PRIMARY KEY, inode INTEGER NOT NULL, offset INTEGER NOT NULL, mark TEXT
  ) WITHOUT ROWID;
  -- Answers to clients.
  CREATE TABLE hours (
    hour INTEGER, upstream TEXT, kind TEXT, outcome TEXT,
    requests INTEGER NOT NULL, bytes INTEGER NOT NULL, ms INTEGER NOT NULL,
    PRIMARY KEY (hour, upstream, kind, outcome)
  ) WITHOUT ROWID;
  -- Manifests that clients got, by their tags and digests.
  CREATE TABLE pulls (
    day INTEGER, upstream TEXT, repository TEXT, reference TEXT,
    pulls INTEGER NOT NULL, misses INTEGER NOT NULL, lastMs INTEGER NOT NULL,
    PRIMARY KEY (day, upstream, repository, reference)
  ) WITHOUT ROWID;
  CREATE INDEX pullsByImage ON pulls (upstream, repository, reference);
  -- Who got them: users, or addresses of clients without a login.
  CREATE TABLE pullers (
    day INTEGER, upstream TEXT, repository TEXT, who TEXT,
    pulls INTEGER NOT NULL, lastMs INTEGER NOT NULL,
    PRIMARY KEY (day, upstream, repository, who)
  ) WITHOUT ROWID;
  CREATE INDEX pullersByImage ON pullers (upstream, repository);
  CREATE TABLE fetches (
    id INTEGER PRIMARY KEY, sinceMs INTEGER NOT NULL, endedMs INTEGER NOT NULL, firstByteMs INTEGER,
    upstream TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL, bytes INTEGER NOT NULL,
    outcome TEXT NOT NULL, source TEXT NOT NULL, kind TEXT, readers INTEGER NOT NULL, error TEXT
  );
  CREATE INDEX fetchesByEnd ON fetches (endedMs);
  CREATE INDEX fetchesByDigest ON fetches (digest, upstream, endedMs);
  CREATE INDEX storedByDigest ON fetches (digest, upstream, endedMs) WHERE outcome = 'stored';
  CREATE TABLE outages (
    id INTEGER PRIMARY KEY, upstream TEXT NOT NULL, sinceMs INTEGER NOT NULL, endedMs INTEGER,
    reason TEXT NOT NULL
  );
  CREATE INDEX outagesBySince ON outages (sinceMs);
  CREATE INDEX outagesByUpstream ON outages (upstream, sinceMs);
  -- A row without a digest has the blobs that were too many to be told one by one.
  CREATE TABLE evictions (
    id INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, digest TEXT, blobs INTEGER NOT NULL,
    bytes INTEGER NOT NULL, lastAccessMs INTEGER, namedBy TEXT NOT NULL, reason TEXT NOT NULL
  );
  CREATE INDEX evictionsByTime ON evictions (atMs);
  CREATE INDEX evictionsByDigest ON evictions (digest, atMs);
  -- The last requests that were no hits, and hits that took long. Names of upstreams are known ones.
  CREATE TABLE requests (
    id INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, request TEXT NOT NULL, upstream TEXT NOT NULL,
    repository TEXT NOT NULL, reference TEXT NOT NULL, digest TEXT NOT NULL, kind TEXT NOT NULL,
    method TEXT NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL, ms INTEGER NOT NULL,
    firstByteMs INTEGER NOT NULL, bytes INTEGER NOT NULL, who TEXT NOT NULL, way TEXT NOT NULL
  );
  CREATE INDEX requestsById ON requests (request);
  CREATE INDEX requestsByDigest ON requests (digest, upstream, repository, atMs)
    WHERE ${LEFT_CONTENT};
  -- Why egress could not answer them from the store.
  CREATE TABLE reasons (
    id INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, request TEXT NOT NULL, upstream TEXT,
    repository TEXT, reference TEXT, why TEXT NOT NULL, error TEXT
  );
  CREATE INDEX reasonsById ON reasons (request, atMs);
  -- The last size of the store that an hour had.
  CREATE TABLE sizes (
    hour INTEGER PRIMARY KEY, usedBytes INTEGER NOT NULL, limitBytes INTEGER NOT NULL
  );
  -- Tags that an upstream has deleted, and when it said so first and last. A tag that it has
  -- confirmed since is there again.
  CREATE TABLE goneTags (
    upstream TEXT, repository TEXT, tag TEXT, sinceMs INTEGER NOT NULL, lastMs INTEGER NOT NULL,
    PRIMARY KEY (upstream, repository, tag)
  ) WITHOUT ROWID;
`,
};

/**
 * The tags in the store. They have a file of their own, so that their number, which the store
 * decides, takes no room from the history.
 */
export const LISTING: Schema = {
  name: 'listing',
  version: 2,
  tables: ['images', 'contents', 'walk'],
  sql: `
  -- Tags that are in the store, as the last walk over it found them.
  CREATE TABLE listing.images (
    name TEXT PRIMARY KEY, upstream TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL,
    digest TEXT NOT NULL, platforms TEXT NOT NULL, content INTEGER NOT NULL, checkedMs INTEGER
  ) WITHOUT ROWID;
  -- The sizes of what tags lead to. They are known when all tags are.
  CREATE TABLE listing.contents (
    content INTEGER PRIMARY KEY, ownBytes INTEGER NOT NULL, sharedBytes INTEGER NOT NULL
  );
  -- One row: when that walk began, and how many images the table has no room for.
  CREATE TABLE listing.walk (atMs INTEGER NOT NULL, unlisted INTEGER NOT NULL);
`,
};
