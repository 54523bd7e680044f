/** A host that kills its own process at one of its operations, as a power cut or kill -9 would. */
import fs from 'node:fs';
import { join } from 'node:path';
import { temporaryBeside } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';

export interface Death {
  /** The operation, counted from 0, before which the process dies. Never, where there are fewer. */
  readonly at: number;
  /** The operation has begun: half a line is appended, half a temporary file stands there, half the packages are in. */
  readonly torn: boolean;
}

/** @param count called with each operation that changes something */
export function dyingHost(host: Host, death: Death, count: () => void): Host {
  let operations = 0;
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  /** Whether this operation is to die half-way; those that know no half die before. */
  const isLast = (): boolean => {
    count();
    return operations++ === death.at;
  };
  const real = (path: string): string => join(host.root ?? '', path);
  return {
    ...host,
    write(path, bytes, as) {
      if (isLast()) {
        if (death.torn) tear(real(path), bytes);
        die();
      }
      host.write(path, bytes, as);
    },
    copy(from, to) {
      if (isLast()) {
        if (death.torn) tear(real(to), fs.readFileSync(real(from)));
        die();
      }
      host.copy(from, to);
    },
    append(path, bytes) {
      if (isLast()) {
        if (death.torn) fs.appendFileSync(real(path), bytes.subarray(0, bytes.length / 2));
        die();
      }
      host.append(path, bytes);
    },
    create(path, bytes, mode) {
      if (isLast()) die();
      return host.create(path, bytes, mode);
    },
    makeDirectory(path, mode, owner) {
      if (isLast()) die();
      host.makeDirectory(path, mode, owner);
    },
    setMode(path, mode) {
      if (isLast()) die();
      host.setMode(path, mode);
    },
    setOwner(path, owner) {
      if (isLast()) die();
      host.setOwner(path, owner);
    },
    removeFile(path) {
      if (isLast()) die();
      host.removeFile(path);
    },
    removeDirectory(path) {
      if (isLast()) die();
      host.removeDirectory(path);
    },
    async run(argv, options) {
      if (!isLast()) return host.run(argv, options);
      if (!death.torn) die();
      const environment = { ...options?.environment, STAND_IN_CUT: 'yes' };
      await host.run(argv, { ...options, environment });
      // It knows no middle: it has happened, and we die before we can note that.
      return die();
    },
  };
}

function tear(target: string, bytes: Buffer): void {
  const path = fs.existsSync(target) ? fs.realpathSync(target) : target;
  fs.writeFileSync(temporaryBeside(path), bytes.subarray(0, bytes.length / 2));
}
