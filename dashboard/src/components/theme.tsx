import { useState } from "react";

export type Theme = "system" | "light" | "dark";

const storageKey = "posthorn-theme";
const themes = ["system", "light", "dark"] as const;

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

function storedTheme(): Theme {
  const stored = inStorage(() => localStorage.getItem(storageKey));
  return themes.find((each) => each === stored) ?? "system";
}

/** A frame on somebody else's page may be refused all storage. */
function inStorage<Result>(ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: Theme) => {
    inStorage(() => localStorage.setItem(storageKey, chosen));
    applyTheme(chosen);
    setTheme(chosen);
  };
  return (
    <label className="theme-choice">
      <span>Colours</span>
      <select value={theme} onChange={({ target }) => choose(target.value as Theme)}>
        {themes.map((each) => (
          <option key={each} value={each}>
            {each === "system" ? "as the system" : each}
          </option>
        ))}
      </select>
    </label>
  );
}
