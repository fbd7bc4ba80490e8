// Finds liburing. `node native/build/liburing.mjs cflags|libs|version|kind` prints what binding.gyp and
// CMakeLists.txt need. In this order: system static library, system shared library, fetched through apt
// without root (build/liburing) and linked statically. LIBURING=static|shared|fetched allows one only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchPackages, haveApt, which } from './apt.mjs';
import { buildDir } from './paths.mjs';

const compiler = (process.env.CC ?? 'cc').split(' ')[0];
const output = (command, args) => {
  const run = spawnSync(command, args, { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : null;
};

/** The package name per distribution, for the error. */
export const packageNames = `Debian, Ubuntu: apt-get install liburing-dev
  Fedora, RHEL:   dnf install liburing-devel
  Alpine:         apk add liburing-dev
  Arch:           pacman -S liburing
  openSUSE:       zypper install liburing-devel`;

function pkgConfig() {
  if (which('pkg-config') === null) return null;
  const version = output('pkg-config', ['--modversion', 'liburing']);
  if (version === null) return null;
  const cflags = output('pkg-config', ['--cflags', 'liburing']) ?? '';
  const libs = output('pkg-config', ['--libs', 'liburing']) ?? '-luring';
  const libdir = output('pkg-config', ['--variable=libdir', 'liburing']);
  return { version, cflags: split(cflags), libs: split(libs), archive: libdir ? join(libdir, 'liburing.a') : null };
}

// Without pkg-config the compiler itself knows where it looks.
function compilerLookup() {
  const header = spawnSync(compiler, ['-E', '-x', 'c', '-'], { input: '#include <liburing.h>\n', encoding: 'utf8' });
  if (header.status !== 0) return null;
  const file = (name) => {
    const path = output(compiler, [`-print-file-name=${name}`]);
    return path !== null && isAbsolute(path) ? path : null;
  };
  const archive = file('liburing.a');
  if (archive === null && file('liburing.so') === null) return null;
  const headerPath = /"([^"]*\/liburing\.h)"/.exec(header.stdout)?.[1];
  return { version: headerVersion(headerPath), cflags: [], libs: ['-luring'], archive };
}

// liburing/io_uring_version.h exists from 2.4 on.
function headerVersion(header) {
  const file = header?.replace(/liburing\.h$/, 'liburing/io_uring_version.h');
  if (file === undefined || !existsSync(file)) return 'before 2.4';
  const text = readFileSync(file, 'utf8');
  const part = (name) => new RegExp(`IO_URING_VERSION_${name}\\s+(\\d+)`).exec(text)?.[1] ?? '?';
  return `${part('MAJOR')}.${part('MINOR')}`;
}

function fetched() {
  const dir = join(buildDir, 'liburing');
  const archive = () => findArchive(join(dir, 'usr', 'lib'));
  let failure = null;
  if (archive() === null) {
    if (!haveApt()) return { failure: 'apt-get and dpkg-deb are not here to fetch it' };
    process.stderr.write('liburing is not installed: fetching liburing-dev into build/liburing\n');
    failure = fetchPackages(['liburing-dev', 'liburing2'], dir);
  }
  const path = archive();
  if (path === null) return { failure: failure ?? 'liburing-dev holds no liburing.a' };
  const config = readFileSync(join(path, '..', 'pkgconfig', 'liburing.pc'), 'utf8');
  const version = /^Version:\s*(\S+)/m.exec(config)?.[1] ?? 'unknown';
  return { kind: 'fetched', version, cflags: [`-I${join(dir, 'usr', 'include')}`], libs: [path] };
}

function findArchive(lib) {
  if (!existsSync(lib)) return null;
  const places = [lib, ...readdirSync(lib).map((name) => join(lib, name))];
  const found = places.map((place) => join(place, 'liburing.a')).find((file) => existsSync(file));
  return found ?? null;
}

const split = (text) => text.split(/\s+/).filter((word) => word !== '');

/** `{ kind, version, cflags, libs }`; throws an Error that names the packages when there is none. */
export function findLiburing() {
  const only = process.env.LIBURING ?? '';
  const allowed = (kind) => only === '' || only === kind;
  const system = allowed('static') || allowed('shared') ? (pkgConfig() ?? compilerLookup()) : null;
  if (system !== null && system.archive !== null && existsSync(system.archive) && allowed('static')) {
    return { kind: 'static', version: system.version, cflags: system.cflags, libs: [system.archive] };
  }
  if (system !== null && allowed('shared')) {
    return { kind: 'shared', version: system.version, cflags: system.cflags, libs: system.libs };
  }
  const own = allowed('fetched') ? fetched() : { failure: `LIBURING=${only} allows nothing else` };
  if (own.failure === undefined) return own;
  throw new Error(`liburing was not found (${own.failure}).\nInstall it:\n  ${packageNames}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const found = findLiburing();
    const answers = { cflags: found.cflags.join(' '), libs: found.libs.join(' '), version: found.version, kind: found.kind };
    console.log(answers[process.argv[2]] ?? JSON.stringify(found));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
