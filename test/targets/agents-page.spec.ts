import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { agentOf, AGENTS, type AgentKind } from '../../src/targets/agents.js';
import { agentsPage, PAGE } from './agents-page.js';

it('docs/agents.md says what the table of agents is now; `npm run agents-page` writes it', async () => {
  expect(await readFile(PAGE, 'utf8')).toBe(agentsPage());
});

it('every agent has a source, and one that has a token either has a URL or says why a delivery is in vain', () => {
  for (const kind of Object.keys(AGENTS) as AgentKind[]) {
    const agent = agentOf(kind);
    expect([kind, agent.source.length > 0]).toEqual([kind, true]);
    expect([kind, agent.token.length === 0 || agent.url.length > 0 || agent.kind === 'mobile']).toEqual([
      kind,
      true,
    ]);
  }
});
