// Refusals that only repeat what the storage has said of itself.
import { FaultCode } from '../protocol/index.ts';

/**
 * Whether a refusal means that nothing can be stored at present, or only follows such a one. That is told when it
 * begins and when it ends (`storage-full`, `storage-failed`, `storage-recovered`), not for everybody who tries.
 */
export function isUnstored(code: number): boolean {
  return (
    code === FaultCode.STORAGE_FULL || code === FaultCode.STORAGE_READ_ONLY || code === FaultCode.OUT_OF_LINE
  );
}
