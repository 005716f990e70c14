/** Versions of the tools that build; null when unknown. */
export interface EngineFacts {
  readonly docker: string | null;
  readonly buildx: string | null;
  readonly builders: readonly BuilderFacts[];
}

export interface BuilderFacts {
  readonly name: string;
  /** `docker`, `docker-container`, `kubernetes`, `remote` or `cloud`. */
  readonly driver: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly buildkit: string | null;
    /** Normalised as containerd does: `linux/arm/v7`. */
    readonly platforms: readonly string[];
  }[];
}
