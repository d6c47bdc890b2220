/** How the operator wants to be seen, at `/portal/brand`. */
export interface Brand {
  readonly name: string;
  /** `#rrggbb`; null: ours. */
  readonly color: string | null;
  /** Whether there is an image at `/portal/logo`. */
  readonly hasLogo: boolean;
}

const unbranded: Brand = { name: "Webhooks", color: null, hasLogo: false };

/** A page without its looks is better than none. */
export async function fetchBrand(): Promise<Brand> {
  try {
    const answer = await fetch("/portal/brand", { redirect: "error" });
    return answer.ok ? ((await answer.json()) as Brand) : unbranded; // by src/api/portal.ts
  } catch {
    return unbranded;
  }
}
