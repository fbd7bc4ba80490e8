/**
 * Whose search path a run of lookups follows. Each rule names what it goes by; a run that fits none, or fits by its
 * looks alone, gets no name: saying nothing is better than guessing.
 */
import { baseName } from './names.js';

export interface SearchRule {
  readonly id: string;
  /** For people: what searches here. */
  readonly title: string;
  /** What is sought may have directories in its name (`enc/encdb.so`), so those are not part of the search path. */
  readonly nested: boolean;
}

interface Evidence extends SearchRule {
  readonly fits: (run: { readonly program: string; readonly paths: readonly string[]; readonly directories: readonly string[]; readonly executes: boolean }) => boolean;
}

const some = (texts: readonly string[], pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
const every = (texts: readonly string[], pattern: RegExp): boolean => texts.every((text) => pattern.test(text));

const RULES: readonly Evidence[] = [
  {
    id: 'locale',
    title: 'C library: locale data and message catalogues',
    nested: true,
    fits: ({ paths }) => every(paths, /\/locale(-langpack)?\/[^/]+\/(LC_[A-Z]+(\/|$)|.*\.mo$)|\/i18n\//),
  },
  {
    id: 'python',
    title: 'Python: sys.path',
    nested: false,
    fits: ({ paths, program }) =>
      some(paths, /\.cpython-\d+|\.abi3\.so$|\.pyc?$|\/__init__(\.|$)|\/(site|dist)-packages\/|\/python\d[.\d]*\/|pyvenv\.cfg$|python\d+\.zip$/) ||
      (/^python[\d.]*$/.test(program) && some(paths, /\/lib\/python/)),
  },
  {
    id: 'node',
    title: 'Node.js: node_modules and file extensions',
    nested: false,
    fits: ({ paths, program }) => some(paths, /\/node_modules\//) || (/^node/.test(program) && some(paths, /\.(c|m)?js$|\.json$|\.node$/)),
  },
  {
    id: 'ruby',
    title: 'Ruby: $LOAD_PATH',
    nested: true,
    fits: ({ paths, program }) =>
      (some(paths, /\.rb$|\/(site|vendor)_ruby\/|\/gems\//) || /^ruby/.test(program)) && some(paths, /\/(ruby|gems|site_ruby|vendor_ruby)\/|\.rb$/),
  },
  {
    id: 'perl',
    title: 'Perl: @INC',
    nested: true,
    fits: ({ paths }) => every(paths, /\.(pmc?|pl|ph|al|ix|bs|so)$/) && some(paths, /\.pmc?$|\.p[lh]$|\/perl/),
  },
  {
    id: 'loader',
    title: 'dynamic loader: library path',
    nested: false,
    fits: ({ paths }) => every(paths, /\.so(\.[\d.]+)?$/) && some(paths, /\/lib[^/]*\.so|glibc-hwcaps|\/tls\//),
  },
  {
    id: 'path',
    title: 'shell or exec: PATH',
    nested: false,
    fits: ({ directories, executes, paths }) =>
      directories.length > 1 && (executes || directories.filter((d) => /^s?bin$|^shims$|^games$/.test(baseName(d))).length * 2 >= directories.length) && every(paths, /\/[^/.]+$|\/[^/]+-[\d.]+$/),
  },
  {
    id: 'include',
    title: 'C and C++ compiler: include path',
    nested: true,
    fits: ({ program, paths }) => /^(cc1|cc1plus|cpp|gcc|g\+\+|clang)/.test(program) && every(paths, /\.(h|hh|hpp|hxx|gch|inc|tcc|c|cc|cpp)$|\/include/),
  },
  {
    id: 'linker',
    title: 'compiler and linker: library and start-file path',
    nested: false,
    fits: ({ program, paths }) =>
      /^(ld|collect2|gcc|g\+\+|clang|cc|lto)/.test(program) && some(paths, /\.(so|a|o|la|specs)$|\/(specs|crt[^/]*|lib[^/]*|liblto[^/]*|cc1|as|ld|collect2|lto[^/]*)$/),
  },
];

/** null where none fits. `program`: base name of what runs. */
export function recognise(run: Parameters<Evidence['fits']>[0]): SearchRule | null {
  const found = RULES.find((rule) => rule.fits(run));
  return found === undefined ? null : { id: found.id, title: found.title, nested: found.nested };
}

export const RULE_IDS: readonly string[] = RULES.map((rule) => rule.id);
