import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import { callerOf, type Called } from './access/guard.js';
import type { DeploymentList } from './api/answers/index.js';
import { AskDeployments } from './api/look-requests.js';
import { Deployments } from './deployments/deployments.js';
import { deploymentsFor } from './deployments/view.js';

@Controller('v1/deployments')
export class DeploymentsController {
  constructor(@Inject(Deployments) private readonly deployments: Deployments) {}

  /** 200 also where a cloud does not answer: what the others have, and which rotations are in doubt, is known still. */
  @Get()
  async list(
    @Query({ schema: AskDeployments }) query: z.output<typeof AskDeployments>,
    @Req() request: Called,
  ): Promise<z.output<typeof DeploymentList>> {
    const { selecting } = this.deployments;
    return deploymentsFor(callerOf(request), await this.deployments.look(), selecting, query);
  }
}
