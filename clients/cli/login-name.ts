// Owns the guess at what somebody wants to be called.
import { userInfo } from 'node:os';
import { isName, limits } from '../../src/protocol/index.ts';

/** The login name as a chat name: without what names can not have. '' when nothing is left or there is none. */
export function loginName(login: () => string = () => userInfo().username): string {
  let text: string;
  try {
    text = login();
  } catch {
    // A container may run as a user that the system has no entry for.
    return '';
  }
  const name = text
    .normalize('NFKC')
    .replace(/^.*\\/, '')
    .replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}\p{N}]+/u, '');
  const short = [...name].slice(0, limits.NAME_CODE_POINTS_MAX).join('');
  return isName(short) ? short : '';
}
