// `kentongan invite …`: what brings others to the server of this machine, and lets them in.
import { isatty } from 'node:tty';
import type { InviteFacts, InviteStatus } from '../control/access.ts';
import { isLoopback } from '../net/address.ts';
import { StartError } from '../texts/start-error.ts';
import { foldAll } from '../texts/fold.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { ask, refusal } from './ask.ts';
import type { InviteRequest } from './invite-program.ts';
import { withQr } from './qr.ts';
import {
  columns,
  dateText,
  fingerprintRows,
  hostOf,
  lanAddresses,
  type LocalAddress,
  reachable,
  target,
} from './places.ts';

type LinkRequest = Extract<InviteRequest, { do: 'link' }>;

const STDOUT = 1;

/** @throws StartError */
export async function runInvite(request: InviteRequest, texts: Texts): Promise<void> {
  switch (request.do) {
    case 'link':
      return print(await link(request, texts));
    case 'list':
      return print(await list(request, texts));
    case 'revoke':
      return print(await revoke(request, texts));
  }
}

function print(lines: readonly string[]): void {
  const { stdout } = process;
  stdout.write(`${foldAll(lines, stdout.isTTY ? stdout.columns : undefined).join('\n')}\n`);
}

async function link(request: LinkRequest, texts: Texts): Promise<string[]> {
  const { data, expiresMs, note, json } = request;
  const reply = await ask(data, { do: 'invite', expiresMs, note });
  if (!('invite' in reply)) throw refusal(reply, { TOO_MANY_INVITES: 'invite.too-many' });
  const facts = reply.invite;
  const places = placesOf(request, facts);
  const links = places.map((place) => ({ ...place, link: linkTo(place.address, request.room, facts) }));
  if (!json) return linkLines(request, facts, links, texts);
  const { fingerprint, code, expiresAt, port } = facts;
  return [JSON.stringify({ links, room: request.room, port, fingerprint, code, expiresAt })];
}

function placesOf({ host }: LinkRequest, { address, names }: InviteFacts): readonly LocalAddress[] {
  if (host !== undefined) return [{ address: host, interface: '' }];
  const places = reachable(address, lanAddresses(), names);
  const here = isLoopback(address) ? address : '127.0.0.1';
  return places.length === 0 ? [{ address: here, interface: '' }] : places;
}

/** `kentongan://192.0.2.7:7660/lobby?code=7K3M-Q0XD#34a3…`: what stands behind `#` goes to no server. */
function linkTo(address: string, room: string, { port, fingerprint, code }: InviteFacts): string {
  const query = code === undefined ? '' : `?code=${encodeURIComponent(code)}`;
  return `kentongan://${hostOf(address)}:${port}/${encodeURIComponent(room)}${query}#${fingerprint}`;
}

/** A link and its QR code come last: what a small window scrolls away is what can be read again above. */
function linkLines(
  { host, qr, expiresMs }: LinkRequest,
  facts: InviteFacts,
  links: ReadonlyArray<LocalAddress & { readonly link: string }>,
  texts: Texts,
): string[] {
  const { address, port, code, expiresAt, fingerprint, isDemanding } = facts;
  const [first] = links;
  // A shell would take `?` and `#` for something of its own.
  const linked = links.map((one) => `  ${texts.command} chat "${one.link}"`);
  const { stdout } = process;
  const window = isatty(STDOUT) ? { rows: stdout.rows, columns: stdout.columns } : undefined;
  return [
    texts['invite.type'],
    ...links.map((one) => `  ${texts.command} chat ${target(one.address, port)}`),
    ...(code === undefined ? [] : [`  ${fill(texts['invite.code'], { code })}`]),
    texts['serve.fingerprint'],
    ...fingerprintRows(fingerprint),
    ...(expiresAt === undefined ? [] : [fill(texts['invite.until'], { date: dateText(expiresAt) })]),
    ...(code === undefined && isDemanding ? [texts['invite.demand']] : []),
    ...(expiresMs === undefined ? [] : [texts['invite.all']]),
    ...(host === undefined && isLoopback(address) ? [fill(texts['invite.loopback'], { address })] : []),
    ...(host === undefined && !isLoopback(address) && first?.address === '127.0.0.1'
      ? [texts['invite.no-network']]
      : []),
    '',
    texts['invite.link'],
    ...withQr(linked, first?.link ?? '', { window, isWanted: qr }, texts),
  ];
}

async function list({ data, json }: InviteRequest, texts: Texts): Promise<string[]> {
  const reply = await ask(data, { do: 'invites' });
  if (!('invites' in reply)) throw refusal(reply);
  if (json) return [JSON.stringify(reply.invites)];
  if (reply.invites.length === 0) return [texts['invite.none']];
  const titles = (['number', 'made', 'expires', 'note'] as const).map((one) => texts[`invite.${one}`]);
  const now = Date.now();
  return columns([titles, ...reply.invites.map((one) => inviteRow(one, now, texts))]);
}

function inviteRow({ number, madeAt, expiresAt, note }: InviteStatus, now: number, texts: Texts): string[] {
  const until = expiresAt > now ? dateText(expiresAt) : texts['invite.expired'];
  return [`#${number}`, dateText(madeAt), until, fill('{note}', { note })];
}

async function revoke(
  { data, json, which }: Extract<InviteRequest, { do: 'revoke' }>,
  texts: Texts,
): Promise<string[]> {
  const reply = await ask(data, { do: 'revoke', which });
  if (!('count' in reply)) throw refusal(reply);
  const { count } = reply;
  if (count === 0 && which !== 'all') throw new StartError('invite.no-such', { which });
  if (json) return [JSON.stringify({ count })];
  const after = await ask(data, { do: 'invite' });
  const isOpen = 'invite' in after && !after.invite.isDemanding;
  return [fill(texts['invite.revoked'], { count }), ...(isOpen ? [texts['invite.open']] : [])];
}
