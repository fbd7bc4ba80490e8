/** How the sandbox can become a replay's root directory. Tried, not guessed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../../bench/find-program.js';
import { ok, warn, type Finding } from './finding.js';
import { sysctl } from './proc.js';

const run = promisify(execFile);

/** null when it worked, else its first words on why not. */
async function tryOut(command: string, args: readonly string[]): Promise<string | null> {
  try {
    await run(command, args);
    return null;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const text = (stderr ?? '').trim();
    return (text === '' ? message : text).split('\n')[0];
  }
}

const CONFINED = 'Without it paths are put below the sandbox\'s directory, which makes them longer than in the log.';

function namespaceRemedy(): string {
  if (sysctl('user.max_user_namespaces') === '0') return 'sysctl -w user.max_user_namespaces=10000';
  if (sysctl('kernel.unprivileged_userns_clone') === '0') return 'sysctl -w kernel.unprivileged_userns_clone=1';
  if (sysctl('kernel.apparmor_restrict_unprivileged_userns') === '1') {
    return 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  }
  return 'In a container: docker run --security-opt seccomp=unconfined ..., or run as root.';
}

export async function isolationFindings(isRoot = process.getuid?.() === 0): Promise<Finding[]> {
  const findings: Finding[] = [];
  const namespace =
    findProgram('unshare') === null
      ? 'unshare is not installed'
      : await tryOut('unshare', ['--user', '--map-root-user', 'chroot', '/', 'true']);
  const root = isRoot ? await tryOut('chroot', ['/', 'true']) : 'not root';
  if (isRoot) {
    findings.push(
      root === null
        ? ok('chroot', 'permitted')
        : warn('chroot', root, 'CAP_SYS_CHROOT is missing; in a container: docker run --cap-add=SYS_CHROOT ...'),
    );
  }
  if (namespace === null) {
    findings.push(ok('user namespaces', 'unshare --user --map-root-user works, and chroot in it'));
  } else if (root === null) {
    findings.push(ok('user namespaces', `${namespace}; not needed as root`));
  } else {
    const remedy = findProgram('unshare') === null ? 'Install util-linux.' : namespaceRemedy();
    findings.push(warn('user namespaces', namespace, `${remedy} ${CONFINED}`));
  }
  return findings;
}
