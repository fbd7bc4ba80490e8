/** The JSON form of values, as `show --json` prints them. */
import { isUtf8 } from 'node:buffer';
import type { Field, Value } from './model.js';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * - strings: "text"; {"bytes":"<base64>"} where they are not UTF-8; {"string":...,"truncated":true} where -s cut them
 * - numbers and pointers: numbers; "18446744073709551615" where a double cannot hold them; NULL: null
 * - flags: {"flags":["O_RDONLY","O_CLOEXEC"]}; descriptors with a path: {"fd":3,"path":"/etc/passwd"}
 * - structs: {"struct":{"st_mode":...}}, positional ones {"struct":[...]}; arrays: [...]; sets: {"set":[...]}
 * - {"macro":"makedev","args":[...]}; {"before":...,"after":...}; {"value":...,"comment":"..."}; {"text":"..."}
 */
export function toJson(value: Value): Json {
  switch (value.type) {
    case 'string': {
      const { bytes, truncated, abstract } = value;
      if (!truncated && abstract !== true) return bytesToJson(bytes);
      return { string: bytesToJson(bytes), ...(truncated && { truncated }), ...(abstract === true && { abstract }) };
    }
    case 'number': return typeof value.value === 'bigint' ? String(value.value) : value.value;
    case 'null': return null;
    case 'flags': {
      const flags = { flags: value.names };
      return value.comment === undefined ? flags : { value: flags, comment: value.comment };
    }
    case 'fd': return { fd: value.fd, path: bytesToJson(value.annotation), ...(value.deleted && { deleted: true }) };
    case 'struct': return { struct: membersToJson(value.fields), ...(value.truncated && { truncated: true }) };
    case 'array': {
      const items = value.items.map(toJson);
      if (!value.set && !value.truncated) return items;
      return {
        [value.set ? 'set' : 'array']: items,
        ...(value.negated && { negated: true }),
        ...(value.truncated && { truncated: true }),
      };
    }
    case 'macro': return { macro: value.name, args: value.args.map(toJson) };
    case 'change': return { before: toJson(value.before), after: toJson(value.after) };
    case 'commented': return { value: toJson(value.value), comment: value.comment };
    case 'text': return { text: value.text };
  }
}

/** A JSON string where the bytes are UTF-8, else {"bytes": base64}. */
export function bytesToJson(bytes: Uint8Array): Json {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(buffer) ? buffer.toString('utf8') : { bytes: buffer.toString('base64') };
}

function membersToJson(fields: readonly Field[]): Json {
  if (fields.length > 0 && fields[0].name === null) {
    return fields.map(({ name, value }) => (name === null ? toJson(value) : { [name]: toJson(value) }));
  }
  return Object.fromEntries(fields.map(({ name, value }) => [name ?? '', toJson(value)]));
}
