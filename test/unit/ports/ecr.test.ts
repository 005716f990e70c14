import {createFakeEcr} from '../../fakes/fake-ecr.ts';
import {ecrContract} from './ecr.contract.ts';

ecrContract('the fake', createFakeEcr);
