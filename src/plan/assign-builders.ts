import type {BuilderRoutes} from './builder-routes.ts';

/** Who builds one platform. */
export interface Assignment {
  /** Name of the buildx builder; null for the current one. */
  readonly builder: string | null;
  /** True when it builds each platform on its own: of several nodes each does its own platforms. */
  readonly isApart: boolean;
  /** How it pushes: `store` is the docker driver, which cannot push by digest (`PushOutput`). */
  readonly through: 'digest' | 'store';
}

/** Tells who builds a platform (in normal form) of a target; undefined when nobody does. */
export type Assign = (platform: string, targetId: string) => Assignment | undefined;

/** Every platform goes to the builder that its route prefers. */
export const preferredBuilders =
  (routes: BuilderRoutes): Assign =>
  (platform) => ({
    builder: routes.route(platform).builders[0] ?? null,
    isApart: false,
    through: 'digest',
  });

/** One builder, and every target one build. */
export const oneBuilder =
  (builder: string | null): Assign =>
  () => ({builder, isApart: false, through: 'digest'});
