import { describe, expect, it } from 'vitest';
import { nodeForService } from '../../src/plan/node-program.ts';
import { standInHost } from './stand-in-host.ts';

describe('the Node that runs the service', () => {
  it('is the one that runs us, where everybody may execute it', () => {
    const host = standInHost({ '/opt/node/bin/node': '', '/usr/bin/node': '' });
    expect(nodeForService(host, '/opt/node/bin/node')).toBe('/opt/node/bin/node');
  });

  it("is the system's, where ours is below /root: the manager's user cannot even see that", () => {
    const host = standInHost({ '/root/.nvm/bin/node': '', '/usr/bin/node': '' });
    host.setMode('/root', 0o700);
    expect(nodeForService(host, '/root/.nvm/bin/node')).toBe('/usr/bin/node');
  });

  it('is not one that only its owner may execute', () => {
    const host = standInHost({ '/opt/bin/node': '', '/usr/local/bin/node': '' });
    host.setMode('/opt/bin/node', 0o700);
    expect(nodeForService(host, '/opt/bin/node')).toBe('/usr/local/bin/node');
  });

  it('is an error with what to do, where there is none', () => {
    const host = standInHost({ '/root/.nvm/bin/node': '' });
    host.setMode('/root', 0o700);
    expect(() => nodeForService(host, '/root/.nvm/bin/node')).toThrow(
      expect.objectContaining({
        code: 'no-node',
        message: expect.stringContaining('/root/.nvm/bin/node'),
        hint: expect.stringContaining('Install Node.js'),
      }),
    );
  });
});
