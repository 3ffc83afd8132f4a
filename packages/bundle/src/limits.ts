/*
 * What a bundle may have at most. Its bytes come from elsewhere, and whatever they say, the memory
 * stays flat.
 */

/** Of `index.json`, and of the `manifest.json` of an archive for docker. */
export const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Entries of `index.json`. */
export const MAX_IMAGES = 20_000;
/** Of `bundle.json`: 200 bytes for each blob. */
export const MAX_BUNDLE_MANIFEST_BYTES = 32 * 1024 * 1024;
/** Of all manifests of one image together. */
export const MAX_IMAGE_MANIFEST_BYTES = 16 * 1024 * 1024;
/** Files of an archive or a folder; of a folder, with the folders in it. */
export const MAX_ENTRIES = 300_000;
/** Headers of a tar: those of its files, of folders, and extended ones. */
export const MAX_TAR_HEADERS = 4 * MAX_ENTRIES;
/** Of one name: no system makes a longer path. */
export const MAX_NAME_BYTES = 4096;
/** Of all names of an archive together: they stay in memory. */
export const MAX_NAMES_BYTES = 64 * 1024 * 1024;
/** Values in one JSON file. 20,000 images have some 300,000, and each takes up to 100 bytes. */
export const MAX_JSON_VALUES = 1_000_000;
/** Lists and objects in each other. */
export const MAX_JSON_DEPTH = 64;
/** Of one extended header of a tar: a few names. */
export const MAX_TAR_EXTENSION_BYTES = 64 * 1024;
