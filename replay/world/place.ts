/** Where a path argument leads, and what a call wants of it. */

/** A path argument, found. */
export interface Place {
  /** What goes into the op: directory slot, CWD, or NO_SLOT for a directory descriptor that is not open. */
  readonly fd: number;
  /** As the op has it. */
  readonly path: string;
  /** Absolute, links and dots still in it; null for an empty path and below a descriptor that is not open. */
  readonly absolute: string | null;
  /** The same with symlinks followed as the call does. */
  readonly canonical: string | null;
}

export interface PlaceOptions {
  /** The op can take a directory slot. Default true; that of the others is false. */
  readonly atForm: boolean;
  /** The call changes the name itself, and says so to `changes`; otherwise it looks the name up. */
  readonly changes: boolean;
  /** It only opens it: what is written to /dev/null changes nothing. */
  readonly opens: boolean;
  /** FIFOs that the replay made are as good as any other file. */
  readonly special: boolean;
  /** The call asks for the target of a link. */
  readonly link: boolean;
  /** With an empty path the call is about the descriptor, whatever it refers to. */
  readonly inherited: boolean;
}

/** All are made here, and so of one shape. */
export function placeOptions(
  { atForm = true, changes = false, opens = false, special = false, link = false, inherited = false }: Partial<PlaceOptions> = {},
): PlaceOptions {
  return { atForm, changes, opens, special, link, inherited };
}
