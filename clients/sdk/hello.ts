// The first frame of a session.
import {
  encodeFrame,
  FaultCode,
  limits,
  systemFrame,
  VERSION_MAX,
  VERSION_MIN,
} from '../../src/protocol/index.ts';
import type { ClientOptions } from './api.ts';
import { HELLO_REF } from './asked.ts';
import { type ClientError, foreseen } from './errors.ts';

/** The encoded Hello; an error when it would exceed what a server reads before its Welcome. */
export function helloOf(options: ClientOptions): Uint8Array | ClientError {
  const { name, secret, beside = false, software = '', locale = '' } = options;
  const hello = encodeFrame(
    systemFrame(
      {
        $case: 'hello',
        value: {
          versionMin: VERSION_MIN,
          versionMax: VERSION_MAX,
          capabilities: [],
          name,
          secret,
          beside,
          key: new Uint8Array(0),
          clientNonce: new Uint8Array(0),
          password: '',
          software,
          locale,
        },
      },
      { ref: HELLO_REF },
    ),
  );
  const limit = limits.FRAME_BYTES_MAX_BEFORE_WELCOME;
  return hello.length - limits.PREFIX_BYTES <= limit ? hello : foreseen(FaultCode.NAME_BAD, { limit });
}
