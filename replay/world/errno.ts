/** errno names to numbers: those of this host (node:os), and those of errno(3) that node does not list. */
import { constants } from 'node:os';

/** include/uapi/asm-generic/errno.h */
const OTHERS: Readonly<Record<string, number>> = {
  ENOTBLK: 15, ECHRNG: 44, EL2NSYNC: 45, EUNATCH: 49, ENOANO: 55, EBFONT: 59, ENONET: 64, ENOPKG: 65, EREMOTE: 66,
  ECOMM: 70, ENOTUNIQ: 76, EBADFD: 77, EREMCHG: 78, ELIBACC: 79, ELIBBAD: 80, ERESTART: 85, EUSERS: 87,
  ESOCKTNOSUPPORT: 94, EPFNOSUPPORT: 96, ESHUTDOWN: 108, ETOOMANYREFS: 109, EHOSTDOWN: 112, EUCLEAN: 117,
  ENOTNAM: 118, ENAVAIL: 119, EISNAM: 120, EREMOTEIO: 121, ENOMEDIUM: 123, EMEDIUMTYPE: 124, ENOKEY: 126,
  EKEYEXPIRED: 127, EKEYREVOKED: 128, EKEYREJECTED: 129, EOWNERDEAD: 130, ENOTRECOVERABLE: 131, ERFKILL: 132,
  EHWPOISON: 133, ENOTSUPP: 524,
};

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(OTHERS),
  ...Object.entries(constants.errno as Readonly<Record<string, number>>),
]);

const NAMES: ReadonlyMap<string, string> = new Map(Array.from(NUMBERS.keys(), (name) => [name, name]));

/** The same name; one that is known as the string that constants of the program are, which compares by its address. */
export function errnoName(name: string): string {
  return NAMES.get(name) ?? name;
}

/** ENOENT -> 2; undefined for a name that Linux does not have. */
export function errnoNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}
