// A page may run ahead of the stream: a client that is behind asks for the newest entries to show something.
import { expect, test } from 'vitest';
import { chat, look, settle, Stage, system } from './stage.ts';

test('KTG-10.13 what a page has shown still comes along the stream, once', async () => {
  const stage = new Stage();
  const view = await stage.enter('lobby', { first: 3, newest: 6 });
  const page = look(view.history());
  const { ref } = stage.last('history');
  const entries = [4, 5, 6].map((seq) => chat('lobby', seq, `line ${seq}`));
  stage.peer.say(system('page', { entries, oldest: 1, more: true }, { ref, room: 'lobby' }));
  await settle();
  expect(page.value?.entries.map(({ seq }) => seq)).toEqual([4, 5, 6]);
  expect(view.position.seq).toBe(2);
  const before = stage.told.length;
  stage.peer.say(...[3, 4, 5, 6, 7].map((seq) => chat('lobby', seq, `line ${seq}`)));
  expect(stage.told.slice(before)).toEqual([3, 4, 5, 6, 7].map((seq) => `lobby#${seq}`));
  expect(view.position.seq).toBe(7);
});
