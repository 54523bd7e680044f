import { expect, test } from 'vitest';
import { gatherFacts } from '../../src/plan/facts.ts';
import { manualDirectories, planManuals } from '../../src/plan/manuals.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const MAN8 = '/usr/local/share/man/man8';

async function planned(files: Files): Promise<{ directories: string[]; pages: string[] }> {
  const host = standInHost({ ...DEBIAN, ...files });
  const facts = await gatherFacts(host);
  return {
    directories: manualDirectories(host, facts).map(({ path }) => path),
    pages: planManuals(host, facts).map(({ path }) => path),
  };
}

test('the pages of the two installed programs, and the directories that are missing', async () => {
  expect(await planned({ '/usr/local/bin/': '' })).toEqual({
    directories: ['/usr/local/share', '/usr/local/share/man', MAN8, '/usr/local/share/man/man1'],
    pages: [`${MAN8}/milter-manager.8`, '/usr/local/share/man/man1/milter-test-server.1'],
  });
});

test('a directory that is there keeps its owner and mode, a page that is there is not written', async () => {
  const host = standInHost(DEBIAN);
  const [page] = planManuals(host, await gatherFacts(host));
  const { directories, pages } = await planned({ [page!.path]: page!.after! });
  expect(directories).toEqual(['/usr/local/share/man/man1']);
  expect(pages).toEqual(['/usr/local/share/man/man1/milter-test-server.1']);
});

test('beside the C program they have the names of ours', async () => {
  const host = standInHost(DEBIAN);
  const facts = await gatherFacts(host);
  const platform = { ...facts.platform, managerProgram: '/usr/local/sbin/milter-setup-manager' };
  const [page] = planManuals(host, { ...facts, platform });
  expect(page).toMatchObject({
    path: `${MAN8}/milter-setup-manager.8`,
    why: 'It is what "man milter-setup-manager" shows.',
    mode: 0o644,
  });
});
