// What the API answers, as far as the page reads it. Fields marked optional come with newer versions of the service.

export interface Hit {
  rank: number;
  id: string;
  cid: string | null;
  smiles: string | null;
  name: string | null;
  description: string | null;
  tags: string[];
  score: number;
  confidence: number | null;
  morgan_similarity: number | null;
  synonyms?: string[] | null;
  found_by?: FoundBy[];
  molecule_id?: string | null;
}

export interface FoundBy {
  kind: string;
  value?: string | null;
}

export interface MorganReference {
  kind: string;
  smiles: string;
  id: string | null;
}

export interface Understood {
  kind: string;
  value: string;
  widened?: string[];
  filters?: string[];
  confidence_means?: "described" | "fits" | null;
  remarks?: string[];
  suggestions?: { value: string; id: string }[];
}

export interface SearchAnswer {
  results: Hit[][];
  morgan_reference: (MorganReference | null)[];
  understood_as: string[];
  understood?: Understood[];
  missing?: string[];
  next_cursor?: string | null;
  truncated: boolean[];
  release: string;
  model: string;
  took_ms: number;
}

export interface MoleculeRecord {
  id: string;
  cid: string | null;
  smiles: string;
  inchikey: string | null;
  name: string | null;
  formula: string | null;
  molecular_weight: number | null;
  description: string | null;
  tags: string[];
  synonyms?: string[];
}

export interface ReadStructure {
  smiles: string;
  smarts: string | null;
  no_smarts: string | null;
}

export interface VersionAnswer {
  version: string;
  checkpoint: {
    name: string;
    digest: string;
    confidence_fitted_on: string | null;
    figures?: Record<string, Record<string, number>>;
    measured?: string | null;
  };
  release: null | {
    name: string;
    created: string;
    serving_since: string;
    molecules: number;
    descriptions: number;
    tags: Record<string, number>;
    engine: string;
    kind: string;
  };
  libraries: Record<string, string>;
}

export interface Range {
  min?: number;
  max?: number;
}

export interface Filter {
  tags?: { any?: string[]; all?: string[]; none?: string[] };
  has_substructure?: string[];
  lacks_substructure?: string[];
  [property: string]: unknown;
}

export interface Statistics {
  release: string;
  molecules: number;
  properties: Record<string, { min: number; max: number; edges: number[]; counts: number[] }>;
}

export interface PlacesAnswer {
  release: string;
  places: { id: string | null; name: string | null; x: number; y: number }[];
}

/** Everything that a search is; what the address bar holds. */
export interface SearchState {
  q: string;
  /** How to read the query: the server decides unless somebody does. */
  as: "auto" | "text" | "structure";
  find: "molecules" | "texts";
  k: number;
  /** What molecules like a structure are ranked by. */
  rank: "embedding" | "morgan";
  filter: Filter;
  /** A structure that hits are compared with. */
  reference: string;
}
