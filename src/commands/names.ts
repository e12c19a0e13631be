// `kentongan names …`: which names belong to keys.
import type { NameStatus } from '../control/access.ts';
import { withLook } from '../observe/look.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { ask, refusal } from './ask.ts';
import type { NamesRequest } from './invite-program.ts';
import { columns, dateText } from './places.ts';

/** @throws StartError */
export async function runNames(request: NamesRequest, texts: Texts): Promise<void> {
  const lines = request.do === 'list' ? await list(request, texts) : await release(request, texts);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function list({ data, json }: NamesRequest, texts: Texts): Promise<string[]> {
  const reply = await ask(data, { do: 'names' });
  if (!('names' in reply)) throw refusal(reply);
  if (json) return [JSON.stringify(reply.names)];
  if (reply.names.length === 0) return [texts['names.none']];
  const titles = (['name', 'user', 'bound', 'used', 'sessions'] as const).map((one) => texts[`names.${one}`]);
  return columns([titles, ...reply.names.map((one) => nameRow(one, texts))]);
}

function nameRow(
  { name, user, boundAt, usedAt, sessions, releasedUntil }: NameStatus,
  texts: Texts,
): string[] {
  // When exactly somebody was here is nobody's business.
  const [used = ''] = dateText(usedAt).split(' ');
  const state =
    releasedUntil === undefined
      ? String(sessions)
      : fill(texts['names.released-until'], { date: dateText(releasedUntil) });
  return [fill('{name}', { name: withLook(name) }), user, dateText(boundAt), used, state];
}

async function release(
  { data, json, name }: Extract<NamesRequest, { do: 'release' }>,
  texts: Texts,
): Promise<string[]> {
  const reply = await ask(data, { do: 'release', name });
  if (!reply.ok) throw refusal(reply, { NO_SUCH_NAME: 'names.no-such' }, { name });
  return [json ? JSON.stringify({ name }) : fill(texts['names.released'], { name })];
}
