export type Theme = "system" | "light" | "dark";

const storageKey = "posthorn-theme";
export const themes = ["system", "light", "dark"] as const;

/** The style sheet has two values for each colour: the scheme chooses. */
export function applyTheme(theme: Theme = storedTheme()): void {
  document.documentElement.style.colorScheme = theme === "system" ? "light dark" : theme;
}

/** Calls back when colours may have changed, until what is returned is called. */
export function onSchemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["style"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", listener);
  };
}

export function storedTheme(): Theme {
  const stored = inStorage(() => localStorage.getItem(storageKey));
  return themes.find((each) => each === stored) ?? "system";
}

export function keepTheme(theme: Theme): void {
  inStorage(() => localStorage.setItem(storageKey, theme));
}

/** A frame on somebody else's page may be refused all storage. */
function inStorage<Result>(ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
