/** Bytes to be written, collected in one buffer, and the small pieces of JSON. */
const INITIAL_BYTES = 1 << 18;
const HEX = Buffer.from('0123456789abcdef');

export class Out {
  bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  length = 0;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.length + size, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.length);
    this.bytes = bytes;
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
    const size = end - start;
    const to = this.bytes;
    const at = this.length;
    if (size > 256) to.set(b.subarray(start, end), at);
    else for (let i = 0; i < size; i++) to[at + i] = b[start + i];
    this.length = at + size;
  }

  literal(text: Uint8Array): void {
    const to = this.bytes;
    const at = this.length;
    for (let i = 0; i < text.length; i++) to[at + i] = text[i];
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
  insert(mark: number, text: Uint8Array): void {
    this.bytes.copyWithin(mark + text.length, mark, this.length);
    this.bytes.set(text, mark);
    this.length += text.length;
  }

  /** One byte inside a JSON string; c < 0x80. */
  stringByte(c: number): void {
    if (c >= 32 && c !== 34 && c !== 92 && c !== 127) this.bytes[this.length++] = c;
    else this.#escaped(c);
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
