import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/change/change.ts';
import { PLATFORMS } from '../../src/platforms/platforms.ts';

const lines = (commands: readonly Command[]): readonly string[] =>
  commands.map(({ argv }) => argv.join(' '));
const URL = 'https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm';

describe('packages of the Red Hat family', () => {
  const { redhat } = PLATFORMS;

  it('come after EPEL and the repository that EPEL needs', () => {
    expect(lines(redhat.installPackages(['postfix', 'epel-release', 'clamd']))).toEqual([
      'dnf install -y epel-release',
      'crb enable',
      'dnf install -y postfix clamd',
    ]);
    expect(lines(redhat.installPackages([URL]))).toEqual([`dnf install -y ${URL}`, 'crb enable']);
  });

  it('leave the repositories alone where EPEL is there already', () => {
    expect(lines(redhat.installPackages(['clamd']))).toEqual(['dnf install -y clamd']);
  });

  it('go by name, also where one came from an address', () => {
    expect(lines(redhat.removePackages([URL, 'clamd']))).toEqual([
      'dnf remove -y epel-release clamd',
    ]);
  });
});

describe('packages of CentOS 6', () => {
  it('come after EPEL', () => {
    expect(lines(PLATFORMS.centos6.installPackages(['clamd', 'epel-release']))).toEqual([
      'yum install -y epel-release',
      'yum install -y clamd',
    ]);
  });
});
