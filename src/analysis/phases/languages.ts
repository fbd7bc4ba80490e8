/** Interpreters: how they are recognised, and which files they load as modules. Paths are latin1. */

export interface Language {
  readonly name: string;
  /** The base name of the program. */
  readonly program: RegExp;
  /** A path that only this interpreter asks for; null: its name is proof enough. */
  readonly proof: RegExp | null;
  readonly module: (path: string) => boolean;
}

const REMEMBERED_MAX = 1 << 13;

/** Whether a path matches. A log has the same paths again and again, and the answer is found again sooner than made. */
function remembered(pattern: RegExp): (path: string) => boolean {
  const answers = new Map<string, boolean>();
  return (path) => {
    let answer = answers.get(path);
    if (answer === undefined) {
      if (answers.size === REMEMBERED_MAX) answers.clear();
      answers.set(path, (answer = pattern.test(path)));
    }
    return answer;
  };
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    program: /^(python|pypy)[\d.]*$/,
    proof: /\/(lib|lib64)\/(python|pypy)\d|python\d+\.zip$|pyvenv\.cfg$|\/libpython/,
    module: remembered(/\.(py|pyc|pth)$|\.cpython-|\.abi3\.so$|\/(site|dist)-packages(\/|$)|\/lib(64)?\/python\d[.\d]*(\/|$)|python\d+\.zip$/),
  },
  {
    name: 'Ruby',
    program: /^j?ruby[\d.]*$/,
    proof: /\/libruby|\/(site|vendor)_ruby(\/|$)|\/lib\/ruby\//,
    module: remembered(/\.rb$|\.gemspec$|\/(site|vendor)_ruby(\/|$)|\/ruby\/[\d.]+(\/|$)|\/gems(\/|$)|rubygems/),
  },
  { name: 'Node.js', program: /^(node|nodejs)$/, proof: null, module: remembered(/\.(js|cjs|mjs|json|node|wasm)$|\/node_modules(\/|$)/) },
  {
    name: 'Perl',
    program: /^perl[\d.]*$/,
    proof: /\/perl|\/libperl/,
    module: remembered(/\.(pm|pmc|pl|ph|al|ix)$|\/perl5?(\/|$)|\/perl-base(\/|$)|\/site_perl(\/|$)/),
  },
  { name: 'the shell', program: /^(ba|da|z|k|a|fi)?sh$/, proof: null, module: remembered(/\.(bash|zsh|fish)$|\/(bash_completion|profile|bashrc|zshrc|inputrc)/) },
];

/** null: no interpreter that is known here. */
export function languageOf(program: string): Language | null {
  return LANGUAGES.find((language) => language.program.test(program)) ?? null;
}

export const isLocaleFile = remembered(
  /\/locale(-archive|\.alias|-langpack|s)?(\/|$)|\/gconv(\/|$)|\/LC_[A-Z]+|\/i18n\/|\.mo$|^\/etc\/localtime$|\/zoneinfo(\/|$)|^\/etc\/timezone$/,
);

/** A library of the system, or where one is sought; not what an interpreter loads as a module. */
export const isSystemLibrary = remembered(/(^|\/)(lib|ld-)[^/]*\.so(\.\d+)*$|^\/etc\/ld\.so\.|\/glibc-hwcaps(\/|$)/);

export const isLibrary = remembered(/\.so(\.\d+)*$|^\/etc\/ld\.so\.|\/glibc-hwcaps(\/|$)|\/ld-linux/);
