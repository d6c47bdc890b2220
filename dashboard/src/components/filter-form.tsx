import { useId, type ReactNode } from "react";
import { formText } from "./form-text.ts";
import { instantOfLocal, localTextOf } from "./local-time.ts";

interface Field<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** A moment: of the browser's zone in the form, of UTC in the address, so that it is the same for whoever it is sent to. */
  readonly isInstant?: true;
  /** Undefined: any text. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly hint?: string;
}

export interface FilterFormProps<Name extends string> {
  readonly fields: readonly Field<Name>[];
  readonly values: Readonly<Partial<Record<Name, string | undefined>>>;
  readonly onFilter: (values: Partial<Record<Name, string>>) => void;
}

/** What a list is narrowed by: applied when it is asked for, so that no list is read for each letter. */
export function FilterForm<Name extends string>({
  fields,
  values,
  onFilter,
}: FilterFormProps<Name>) {
  const apply = (form: HTMLFormElement) => {
    const given = fields.flatMap(({ name, isInstant }) => {
      const text = formText(form, name);
      const value = isInstant === true ? instantOfLocal(text) : text;
      return value === undefined || value === "" ? [] : [[name, value] as const];
    });
    onFilter(Object.fromEntries(given) as Partial<Record<Name, string>>);
  };
  return (
    <search>
      <form
        className="filter"
        // A new form for new values: they may have come with the address.
        key={JSON.stringify(values)}
        onSubmit={(event) => {
          event.preventDefault();
          apply(event.currentTarget);
        }}
      >
        {fields.map((field) => (
          <LabelledField key={field.name} field={field} value={values[field.name] ?? ""} />
        ))}
        <button type="submit">Filter</button>
        {Object.keys(values).length > 0 && (
          <button type="button" className="plain" onClick={() => onFilter({})}>
            Clear
          </button>
        )}
      </form>
    </search>
  );
}

function LabelledField({
  field: { name, label, isInstant, choices, hint },
  value,
}: {
  readonly field: Field<string>;
  readonly value: string;
}): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {choices === undefined ? (
        <input
          id={id}
          name={name}
          type={isInstant === true ? "datetime-local" : "text"}
          defaultValue={isInstant === true && value !== "" ? localTextOf(new Date(value)) : value}
          placeholder={hint}
          autoComplete="off"
        />
      ) : (
        <select id={id} name={name} defaultValue={value}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
