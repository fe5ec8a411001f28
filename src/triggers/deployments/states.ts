/** What a deployment is to the rotations of the config. */
export const DEPLOYMENT_STATES = ['matched', 'unmanaged', 'no_apm', 'unreadable'] as const;
