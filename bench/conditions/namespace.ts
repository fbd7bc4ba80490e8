/**
 * Mounts that nobody else sees and that are gone with the last process in them, however it ends: a mount
 * namespace of their own, entered by util-linux's unshare and nsenter (a multi-threaded process such as Node
 * cannot change its user namespace itself, see unshare(2)).
 */

/** mount: as root. user: as root of a user namespace. none: as this process is, mounts are seen by all. */
export type NamespaceKind = 'none' | 'mount' | 'user';

/** Starts the process that the namespace lives with; unshare becomes that process, so its pid stays the same. */
export function inNewNamespace(kind: NamespaceKind): readonly string[] {
  switch (kind) {
    case 'none':
      return [];
    case 'mount':
      return ['unshare', '--mount', '--propagation', 'private', '--'];
    case 'user':
      return ['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private', '--'];
  }
}

/** Starts further processes in it. */
export function inNamespaceOf(kind: NamespaceKind, pid: number): readonly string[] {
  const target = ['nsenter', '--target', String(pid), '--mount'];
  switch (kind) {
    case 'none':
      return [];
    case 'mount':
      return [...target, '--'];
    case 'user':
      // Without --preserve-credentials nsenter calls setgroups(2), which a user namespace of ours forbids.
      return [...target, '--user', '--preserve-credentials', '--'];
  }
}
