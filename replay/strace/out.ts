/** Bytes to be written, collected in one buffer, and the small pieces of JSON. */
const INITIAL_BYTES = 1 << 18;
const WORD_BYTES = 8;
const HEX = Buffer.from('0123456789abcdef');

/** Bytes that are the same in strace's strings and in JSON's. */
const PLAIN = new Uint8Array(256).fill(1, 32, 127);
PLAIN[34] = PLAIN[92] = 0;

/** Fixed ASCII text. It is written in words of eight bytes, which takes a third of the time. */
export class Literal {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** The text, eight bytes to a double. ASCII never makes one that is not a number. */
  readonly words: Float64Array;

  constructor(text: string) {
    const padded = Buffer.alloc(Math.ceil(text.length / WORD_BYTES) * WORD_BYTES);
    this.length = padded.write(text, 'latin1');
    this.bytes = padded.subarray(0, this.length);
    this.words = Float64Array.from({ length: padded.length / WORD_BYTES }, (_, i) => padded.readDoubleLE(i * WORD_BYTES));
  }
}

export class Out {
  bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  length = 0;
  #view = viewOf(this.bytes);
  /** Where copy() took bytes from last. */
  #source: Uint8Array = this.bytes;
  #sourceView = this.#view;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size + WORD_BYTES; // what is written in words may reach behind its end
    if (needed <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.length);
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** The bytes so far, valid until the next write; the buffer begins anew. */
  drain(): Buffer {
    const drained = this.bytes.subarray(0, this.length);
    this.length = 0;
    return drained;
  }

  byte(c: number): void {
    this.bytes[this.length++] = c;
  }

  /** b[start, end) as it is. */
  copy(b: Uint8Array, start: number, end: number): void {
    const at = this.length;
    const size = end - start;
    this.length = at + size;
    if (size > 256) this.bytes.set(b.subarray(start, end), at);
    else if (size < 4) for (let i = 0; i < size; i++) this.bytes[at + i] = b[start + i];
    else {
      const from = this.#from(b);
      const to = this.#view;
      const last = size - 4;
      for (let i = 0; i < last; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
      to.setInt32(at + last, from.getInt32(start + last, true), true);
    }
  }

  /** What was written at [start, end), at most eight bytes, once more. */
  again(start: number, end: number): void {
    const view = this.#view;
    view.setInt32(this.length, view.getInt32(start, true), true);
    view.setInt32(this.length + 4, view.getInt32(start + 4, true), true);
    this.length += end - start;
  }

  /** b[start, end) up to the first byte that JSON writes otherwise, or that is not ASCII. Returns where that is. */
  copyPlain(b: Uint8Array, start: number, end: number): number {
    const to = this.#view;
    const shift = this.length - start;
    let i = start;
    if (end + 4 <= b.length) {
      const from = this.#from(b);
      for (; i < end; i += 4) {
        const word = from.getInt32(i, true);
        to.setInt32(i + shift, word, true);
        // A byte's high bit tells: 128 and above; below 32; 127; quotes and backslashes, which the xor makes 0.
        const odd = (word | (word - 0x20202020) | (word + 0x01010101) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & 0x80808080;
        if (odd !== 0) {
          i += (31 - Math.clz32(odd & -odd)) >> 3;
          break;
        }
      }
      if (i > end) i = end;
    } else while (i < end && PLAIN[b[i]] === 1) to.setUint8(i + shift, b[i++]);
    this.length = i + shift;
    return i;
  }

  #from(b: Uint8Array): DataView {
    if (b !== this.#source) {
      this.#source = b;
      this.#sourceView = viewOf(b);
    }
    return this.#sourceView;
  }

  literal(text: Literal): void {
    const to = this.#view;
    const { words } = text;
    const at = this.length;
    for (let i = 0; i < words.length; i++) to.setFloat64(at + i * WORD_BYTES, words[i], true);
    this.length = at + text.length;
  }

  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** A whole number, exactly as JSON wants it. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(45);
      value = -value;
    }
    if (value <= 0x3fffffff) this.#small(value | 0);
    else {
      const high = Math.floor(value / 1e8);
      let low = (value - high * 1e8) | 0;
      this.integer(high);
      const to = this.bytes;
      for (let at = this.length + 7; at >= this.length; at--) {
        const next = (low / 10) | 0;
        to[at] = 48 + low - next * 10;
        low = next;
      }
      this.length += 8;
    }
  }

  #small(value: number): void {
    const digits = value < 10 ? 1 : value < 100 ? 2 : value < 1e3 ? 3 : value < 1e4 ? 4 : value < 1e5 ? 5 : value < 1e6 ? 6 : value < 1e7 ? 7 : value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
    const to = this.bytes;
    let at = this.length + digits;
    this.length = at;
    do {
      const next = (value / 10) | 0;
      to[--at] = 48 + value - next * 10;
      value = next;
    } while (value > 0);
  }

  /** Puts `text` before what was written since `mark`. */
  insert(mark: number, text: Literal): void {
    this.bytes.copyWithin(mark + text.length, mark, this.length);
    this.bytes.set(text.bytes, mark);
    this.length += text.length;
  }

  /** One byte inside a JSON string; c < 0x80. */
  stringByte(c: number): void {
    if (c >= 32 && c !== 34 && c !== 92 && c !== 127) this.bytes[this.length++] = c;
    else this.#escaped(c);
  }

  /** One latin1 character inside a JSON string; what steers terminals as an escape. */
  latin1Char(c: number): void {
    if (c < 128) this.stringByte(c);
    else if (c < 160 || c === 173) this.#escaped(c);
    else {
      this.byte(0xc0 | (c >> 6));
      this.byte(0x80 | (c & 63));
    }
  }

  #escaped(c: number): void {
    const to = this.bytes;
    let at = this.length;
    to[at++] = 92;
    if (c === 34 || c === 92) to[at++] = c;
    else if (c === 10) to[at++] = 110;
    else if (c === 9) to[at++] = 116;
    else if (c === 13) to[at++] = 114;
    else {
      to[at++] = 117;
      to[at++] = 48;
      to[at++] = 48;
      to[at++] = HEX[c >> 4];
      to[at++] = HEX[c & 15];
    }
    this.length = at;
  }
}

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength);
