import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cloudEvent } from '../../src/events/cloud-event.js';
import { eventDocuments } from './documents.js';

const folder = fileURLToPath(new URL('../../docs/events/', import.meta.url));
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

const paused = cloudEvent({
  id: 'evt_1',
  source: 'urn:rotor',
  name: 'rotation.paused',
  rotation: 'checkout',
  at: 0,
  data: { reason: 'a freeze', until: null },
});

describe('the schemas of the events', () => {
  it('are those that the service is built with; `npm run events` writes them', () => {
    const written = Object.fromEntries(files.map((file) => [file, read(file)]));
    expect(written).toEqual(Object.fromEntries(eventDocuments()));
  });

  it.each(files)('are found by what an event names as its dataschema: %s', (file) => {
    const { $id, title } = JSON.parse(read(file)) as { $id: string; title: string };
    const name = file.replace(/\.v1\.json$/, '');
    expect({ $id, title }).toEqual({ $id: `urn:rotor:event:${name}:v1`, title: `dev.rotor.${name}.v1` });
  });

  it.each([
    ['takes an event as it is sent', paused, true],
    ['refuses one of another type', { ...paused, type: 'dev.rotor.rotation.resumed.v1' }, false],
    ['refuses one that says more than it should', { ...paused, data: { ...paused.data, token: 'x' } }, false],
  ])('%s', (_, event, isValid) => {
    const validate = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(
      JSON.parse(read('rotation.paused.v1.json')),
    );
    expect(validate(event)).toBe(isValid);
  });
});
