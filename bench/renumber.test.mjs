import { expect, it } from 'vitest';
import { renumber } from './renumber.mjs';

const kernels = ['5.4.0-26-generic', '5.4.0-29-generic'].map(kernel);

/** @param {string} release */
function kernel(release) {
  return { identity: { id: 'debian', version: '12', arch: 'x86_64', release } };
}

it('real kernels come first, then the same with higher releases, until there are enough', () => {
  const releases = renumber(kernels, 5).map(({ identity, generation }) => [identity.release, generation]);
  expect(releases).toEqual([
    ['5.4.0-26-generic', 0],
    ['5.4.0-29-generic', 0],
    ['5.4.0-135-generic', 1],
    ['5.4.0-138-generic', 1],
    ['5.4.0-229-generic', 2],
  ]);
});

it('the number that the distribution raises is raised', () => {
  const releases = ['4.18.0-147.3.1.el8_1.x86_64', '5.10.0-0.deb10.17-amd64', '6.12.107+deb12-amd64'];
  const next = renumber(releases.map(kernel), 6).slice(3);
  expect(next.map(({ identity }) => identity.release)).toEqual([
    '4.18.0-256.3.1.el8_1.x86_64',
    '5.10.0-0.deb10.126-amd64',
    '6.12.216+deb12-amd64',
  ]);
});

it('every kernel says which real one it is made of', () => {
  expect(renumber(kernels, 4).map(({ of }) => of)).toEqual([...kernels, ...kernels]);
});

it('no two have one release, also where generations overlap', () => {
  const wide = [...kernels, kernel('5.4.0-135-generic')];
  const releases = renumber(wide, 1000).map(({ identity }) => identity.release);
  expect(releases).toHaveLength(1000);
  expect(new Set(releases).size).toBe(1000);
});
