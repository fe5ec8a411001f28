import { dirname } from 'node:path';
import { commandsIn, type Needs } from './needs.js';
import { word } from './unit-words.js';

type Directives = Readonly<Record<string, readonly string[]>>;

/** Whom the service runs as, and what of the shipped unit has to go for that. */
export type Writer = { readonly directives: Directives; readonly remarks: readonly string[] };

/** To give a file to somebody else, and to replace one in a folder of somebody else. */
const OF_ROOT = 'CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER';
const TO_LISTEN = 'CAP_NET_BIND_SERVICE';
const OWN_USER = 'rotor';

/**
 * Nobody in particular where nothing is written outside of the state. A file for another user to read is written by its
 * owner: Rotor gives a file away only as root (targets/file/ownership.ts).
 */
export function writerOf(written: Needs['written'], isPortPrivileged: boolean): Writer {
  const listening = isPortPrivileged ? [TO_LISTEN] : [];
  if (written.length === 0) return { directives: limited(listening), remarks: [] };
  const owners = written.flatMap(({ owner }) => (owner === undefined ? [] : [owner.split(':')]));
  const users = [...new Set(owners.map(([user = '']) => user))];
  const user = users.length > 1 ? 'root' : (users[0] ?? OWN_USER);
  const isRoot = user === 'root' || user === '0';
  const groups = isRoot
    ? []
    : [...new Set(owners.flatMap(([, group]) => (group === undefined ? [] : [group])))];
  const allowed = [...(isRoot ? [OF_ROOT] : []), ...listening];
  return {
    directives: {
      ...limited(allowed),
      DynamicUser: [
        `User=${word(user)}`,
        ...(groups.length > 0 ? [`SupplementaryGroups=${groups.map(word).join(' ')}`] : []),
      ],
      // Its users would be nobody's to the files.
      PrivateUsers: [],
    },
    remarks: remarksOn(written, user, isRoot),
  };
}

/** In a user namespace of its own a capability says nothing about a port of the machine. */
function limited(capabilities: readonly string[]): Directives {
  if (capabilities.length === 0) return {};
  const all = capabilities.join(' ');
  return {
    CapabilityBoundingSet: [`CapabilityBoundingSet=${all}`],
    AmbientCapabilities: [`AmbientCapabilities=${all}`],
    PrivateUsers: [],
  };
}

function remarksOn(written: Needs['written'], user: string, isRoot: boolean): string[] {
  const folders = [...new Set(written.map(({ path }) => dirname(path)))].join(', ');
  // Those keep whom they belong to (targets/file/ownership.ts).
  const kept = written.flatMap(({ owner, path }) => (owner === undefined ? [path] : []));
  const commands = commandsIn(written);
  return [
    ...(isRoot ? [] : [`the user ${user} has to be there, and to be able to write in ${folders}`]),
    ...(isRoot || kept.length === 0
      ? []
      : [
          `what is there already has to belong to ${user} and a group of that user, or it is not replaced: ${kept.join(', ')}`,
        ]),
    ...(commands.length > 0
      ? [
          `the commands of ${commands.join(', ')} run as ${user} and within the limits of the unit: try them there`,
        ]
      : []),
  ];
}
