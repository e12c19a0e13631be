// The form of an entry's id: UUIDv7 (RFC 9562 §5.7), so that ids made one after the other ascend.

/**
 * Makes a UUIDv7 of 16 bytes, in place: writes the time, the version and the variant over them and leaves the
 * other 74 bits as they are.
 * @param time milliseconds since 1970
 */
export function asUuid7(id: Uint8Array, time: number): Uint8Array {
  const view = new DataView(id.buffer, id.byteOffset, id.length);
  view.setUint16(0, Math.floor(time / 2 ** 32));
  view.setUint32(2, time % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return id;
}
