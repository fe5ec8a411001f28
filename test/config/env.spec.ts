import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig, loadEnv } from '../../src/config/index.js';
import { ADDRESS, apiToken } from '../../src/config/env.js';
import { RotorError } from '../../src/rotation/errors.js';
import { envExample } from './env-example.js';
import { configWith } from './refused.js';

describe('the environment', () => {
  it('is described by .env.example, every variable with its default and unit', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample());
    expect(envExample()).not.toContain('undefined');
  });

  it('has defaults for everything', () => {
    expect(loadEnv({})).toEqual({
      config: './rotor.yaml',
      stateDir: './rotor-state',
      logLevel: 'info',
      overrides: {},
    });
  });

  it('means by .env.example, with every line switched on, just its defaults', () => {
    const assignments = [...readFileSync('.env.example', 'utf8').matchAll(/^#([A-Z_]+)=(.*)$/gm)];
    expect(assignments.length).toBeGreaterThan(10);
    const env = loadEnv(Object.fromEntries(assignments.map(([, name = '', value]) => [name, value])));
    // Where it is set, no context is asked for: so it has its default where it is used.
    expect({ ...env, overrides: {} }).toEqual({ ...loadEnv({}), address: ADDRESS });
  });

  it('counts an empty variable as not set', () => {
    expect(loadEnv({ ROTOR_LISTEN: '', ROTOR_LOG_LEVEL: '', ROTOR_TOKEN: '', ROTOR_STATE_DIR: '' })).toEqual(
      loadEnv({}),
    );
  });

  it('takes the API token from ROTOR_TOKEN or from the file of ROTOR_TOKEN_FILE', () => {
    const token = randomBytes(24).toString('base64url');
    const folder = mkdtempSync(join(tmpdir(), 'rotor-env-'));
    const file = join(folder, 'token');
    writeFileSync(file, `${token}\n`);
    expect(apiToken({ ROTOR_TOKEN: token })?.reveal()).toBe(token);
    expect(apiToken({ ROTOR_TOKEN_FILE: file })?.reveal()).toBe(token);
    expect(() => apiToken({ ROTOR_TOKEN: token, ROTOR_TOKEN_FILE: file })).toThrow('both ROTOR_TOKEN and');
    expect(apiToken({ ROTOR_TOKEN: '', ROTOR_TOKEN_FILE: '' })).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it('names every bad variable at once and no value', () => {
    const value = randomBytes(12).toString('hex');
    const bad = {
      ROTOR_LISTEN: value,
      ROTOR_LOG_LEVEL: value,
      ROTOR_ADDR: value,
      HTTPS_PROXY: `ftp://u:${value}@proxy`,
    };
    const read = () => loadEnv(bad);
    expect(read).toThrow(RotorError);
    expect(read).toThrow(
      'the environment has 4 errors: ROTOR_LISTEN: expected an address and a port from 0 to 65535, such as ' +
        '"127.0.0.1:8080"; ROTOR_LOG_LEVEL: expected one of: trace, debug, info, warn, error, fatal, silent; ' +
        'ROTOR_ADDR: expected an http or https URL; HTTPS_PROXY: expected an http or https URL',
    );
    expect(read).not.toThrow(value);
  });

  it('says which address of the service lacks its http://', () => {
    expect(() => loadEnv({ ROTOR_ADDR: '127.0.0.1:8080' })).toThrow(
      'ROTOR_ADDR: expected an http or https URL, found "127.0.0.1:8080"',
    );
  });

  it('accepts a proxy with and without credentials', () => {
    const password = randomBytes(6).toString('hex');
    expect(() =>
      loadEnv({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.internal,10.0.0.1' }),
    ).not.toThrow();
    expect(() => loadEnv({ HTTPS_PROXY: `http://user:${password}@proxy.example:3128` })).not.toThrow();
  });
});

describe('what wins', () => {
  const inFile = configWith({ head: 'server: { listen: "127.0.0.1:1001" }\nstateDir: from-file' });
  const env = loadEnv({ ROTOR_LISTEN: '[::1]:1002', ROTOR_STATE_DIR: '/from/env' });

  it('is the default where nothing else is said', () => {
    const { server, stateDir } = loadConfig('rotor.yaml', { text: configWith(), env: loadEnv({}) });
    expect({ ...server.listen, stateDir }).toEqual({
      host: '127.0.0.1',
      port: 8080,
      stateDir: resolve('rotor-state'),
    });
  });

  it('is the file over the default', () => {
    const { server, stateDir } = loadConfig('rotor.yaml', { text: inFile, env: loadEnv({}) });
    expect({ ...server.listen, stateDir }).toEqual({
      host: '127.0.0.1',
      port: 1001,
      stateDir: resolve('from-file'),
    });
  });

  it('is the environment over the file', () => {
    const { server, stateDir } = loadConfig('rotor.yaml', { text: inFile, env });
    expect({ ...server.listen, stateDir }).toEqual({ host: '::1', port: 1002, stateDir: '/from/env' });
  });

  it('is a flag over the environment', () => {
    const flags = { listen: 'localhost:0', stateDir: '/from/flag' };
    const { server, stateDir } = loadConfig('rotor.yaml', { text: inFile, env, ...flags });
    expect({ ...server.listen, stateDir }).toEqual({ host: 'localhost', port: 0, stateDir: '/from/flag' });
  });

  it('is never a flag that is no address, which is no fault of the file', () => {
    const load = () => loadConfig('rotor.yaml', { text: inFile, listen: '8080' });
    const message =
      '--listen: found "8080", expected an address and a port from 0 to 65535, such as "127.0.0.1:8080"';
    expect(load).toThrow(expect.objectContaining({ message, code: 'request_invalid', hint: undefined }));
  });
});
