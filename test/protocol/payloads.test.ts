// What a splitter has handed out belongs to its reader.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameSplitter, withPrefix } from '../../src/protocol/framing.ts';

test('KTG-3.5 payloads that were handed out stay as they were, whatever comes after them', () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(payloads, fc.integer({ min: 1, max: 60 }), (sent, chunk) => {
      const stream = Buffer.concat(sent.map(withPrefix));
      const splitter = new FrameSplitter();
      const received: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += chunk) {
        // Each chunk has memory of its own, as transports give it.
        splitter.write(new Uint8Array(stream.subarray(at, at + chunk)));
        for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
          received.push(payload);
        }
      }
      expect(received.map((payload) => [...payload])).toEqual(sent.map((payload) => [...payload]));
    }),
  );
});
