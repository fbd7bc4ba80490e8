/** Interpreters: how they are recognised, and which files they load as modules. Paths are latin1. */

export interface Language {
  readonly name: string;
  /** The base name of the program. */
  readonly program: RegExp;
  /** A path that only this interpreter asks for; null: its name is proof enough. */
  readonly proof: RegExp | null;
  readonly module: RegExp;
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    program: /^(python|pypy)[\d.]*$/,
    proof: /\/(lib|lib64)\/(python|pypy)\d|python\d+\.zip$|pyvenv\.cfg$|\/libpython/,
    module: /\.(py|pyc|pth)$|\.cpython-|\.abi3\.so$|\/(site|dist)-packages(\/|$)|\/lib(64)?\/python\d[.\d]*(\/|$)|python\d+\.zip$/,
  },
  {
    name: 'Ruby',
    program: /^j?ruby[\d.]*$/,
    proof: /\/libruby|\/(site|vendor)_ruby(\/|$)|\/lib\/ruby\//,
    module: /\.rb$|\.gemspec$|\/(site|vendor)_ruby(\/|$)|\/ruby\/[\d.]+(\/|$)|\/gems(\/|$)|rubygems/,
  },
  { name: 'Node.js', program: /^(node|nodejs)$/, proof: null, module: /\.(js|cjs|mjs|json|node|wasm)$|\/node_modules(\/|$)/ },
  {
    name: 'Perl',
    program: /^perl[\d.]*$/,
    proof: /\/perl|\/libperl/,
    module: /\.(pm|pmc|pl|ph|al|ix)$|\/perl5?(\/|$)|\/perl-base(\/|$)|\/site_perl(\/|$)/,
  },
  { name: 'the shell', program: /^(ba|da|z|k|a|fi)?sh$/, proof: null, module: /\.(bash|zsh|fish)$|\/(bash_completion|profile|bashrc|zshrc|inputrc)/ },
];

/** null: no interpreter that is known here. */
export function languageOf(program: string): Language | null {
  return LANGUAGES.find((language) => language.program.test(program)) ?? null;
}

export const isLocaleFile = (path: string): boolean =>
  /\/locale(-archive|\.alias|-langpack|s)?(\/|$)|\/gconv(\/|$)|\/LC_[A-Z]+|\/i18n\/|\.mo$|^\/etc\/localtime$|\/zoneinfo(\/|$)|^\/etc\/timezone$/.test(path);

/** A library of the system, or where one is sought; not what an interpreter loads as a module. */
export const isSystemLibrary = (path: string): boolean => /(^|\/)(lib|ld-)[^/]*\.so(\.\d+)*$|^\/etc\/ld\.so\.|\/glibc-hwcaps(\/|$)/.test(path);

export const isLibrary = (path: string): boolean => /\.so(\.\d+)*$|^\/etc\/ld\.so\.|\/glibc-hwcaps(\/|$)|\/ld-linux/.test(path);
