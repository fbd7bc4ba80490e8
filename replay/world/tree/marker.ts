/** The file in the root of a tree by which a directory is known to be ours. */
export const MARKER_NAME = '.uring-replay-tree';
