import { expect, it } from 'vitest';
import { describeGoProgram, readBuildInfo } from './go.ts';

const MODULES = [
  'path\texample.test/App/cmd',
  'mod\texample.test/App\t(devel)\t',
  'dep\texample.test/old\tv1.0.0',
  '=>\texample.test/new\tv1.0.1\th1:x=',
  'dep\texample.test/plus\tv2.0.0+incompatible\th1:y=',
  'build\t-trimpath=true',
  '',
].join('\n');

/** A program around build information, as the linker of Go writes it. */
function makeProgram({ flags = 2, modules = MODULES } = {}): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = flags;
  const mark = Buffer.alloc(16, 0x7f);
  const texts = [Buffer.from('go1.25.4'), Buffer.concat([mark, Buffer.from(modules), mark])];
  const counted = texts.flatMap((text) => [
    Buffer.from(text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7]),
    text,
  ]);
  return Buffer.concat([Buffer.from('\x7fELF and code'), header, ...counted, Buffer.from('more')]);
}

it('reads the modules of a program, with those that replace others', () => {
  expect(readBuildInfo(makeProgram())).toEqual({
    goVersion: 'go1.25.4',
    main: { path: 'example.test/App', version: '(devel)' },
    dependencies: [
      { path: 'example.test/new', version: 'v1.0.1' },
      { path: 'example.test/plus', version: 'v2.0.0+incompatible' },
    ],
  });
});

it.each([
  ['other text', Buffer.from('#!/bin/sh\n')],
  ['information of an older Go', makeProgram({ flags: 0 })],
  ['half of the information', makeProgram().subarray(0, 46)],
])('refuses a program with %s', (_, program) => {
  expect(() => readBuildInfo(program)).toThrow(/build information/);
});

it('describes the program by its own version, and its parts', () => {
  const component = describeGoProgram(
    readBuildInfo(makeProgram()),
    'app example.test/App v3.1.1\n',
  );
  expect(component).toMatchObject({
    type: 'application',
    name: 'example.test/App',
    version: 'v3.1.1',
    purl: 'pkg:golang/example.test/app@v3.1.1',
  });
  expect(component.components?.map(({ purl }) => purl)).toEqual([
    'pkg:golang/stdlib@1.25.4',
    'pkg:golang/example.test/new@v1.0.1',
    'pkg:golang/example.test/plus@v2.0.0%2Bincompatible',
  ]);
});

it('describes a program that was built without modules', () => {
  const program = makeProgram({ modules: 'path\texample.test/old/cmd\nbuild\t-tags=x\n' });
  const component = describeGoProgram(readBuildInfo(program), 'old example.test/old 2.8.3+ds1');
  expect(component).toMatchObject({
    purl: 'pkg:golang/example.test/old@2.8.3%2Bds1',
    components: [{ name: 'stdlib' }],
  });
});

it('refuses a program that tells no version', () => {
  expect(() => describeGoProgram(readBuildInfo(makeProgram()), '')).toThrow('found the version ""');
});

it('describes a program that tells no version by its build information', () => {
  const modules = MODULES.replace('(devel)', 'v1.2.3');
  const component = describeGoProgram(readBuildInfo(makeProgram({ modules })));
  expect(component).toMatchObject({ name: 'example.test/App', version: 'v1.2.3' });
});
