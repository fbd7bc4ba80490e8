/** Threads of libuv's pool: its own default and limit, in src/threadpool.c. */
export const POOL_DEFAULT = 4;
export const POOL_MAX = 1024;
