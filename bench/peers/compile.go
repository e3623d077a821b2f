package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const library = "github.com/alkahest-go/alkahest"

// compileCost is what the compiler needs for a model, in seconds of processor time.
type compileCost struct {
	Tables  int     `json:"tables"`
	Columns int     `json:"columns"` // of each table
	Model   float64 `json:"model"`
	Empty   float64 `json:"empty"`  // an almost empty package that imports the library
	Beyond  float64 `json:"beyond"` // the difference of the two
}

func (c *compileCost) String() string {
	return fmt.Sprintf("A model of %d tables with %d columns each compiles in %.1f s of processor time beyond an almost empty package that imports the library, which takes %.1f s.",
		c.Tables, c.Columns, c.Beyond, c.Empty)
}

// modelColumns are the columns of each table of the written model, of eleven types
// and names as tables have them. {N} is the number of the table, so that no two
// entities are the same struct, which the compiler would make use of.
var modelColumns = []struct{ field, goType, column string }{
	{"ID", "int64", "Int64"},
	{"Name{N}", "string", "Text"},
	{"Email", "string", "Text"},
	{"Note", "string", "Text"},
	{"Score{N}", "float64", "Float64"},
	{"Weight", "float64", "Float64"},
	{"Active", "bool", "Bool"},
	{"Created", "time.Time", "Time"},
	{"Payload", "[]byte", "Bytes"},
	{"Count{N}", "int64", "Int64"},
	{"Rank", "int64", "Int64"},
}

// modelText is the source of a model.
func modelText(tables int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package model\n\nimport (\n\t\"time\"\n\n\t\"%[1]s/orm\"\n\t\"%[1]s/schema\"\n)\n\nvar Base = orm.NewBase()\n", library)
	for n := range tables {
		numbered := strings.NewReplacer("{N}", fmt.Sprint(n))
		fmt.Fprintf(&b, "\ntype Entity%d struct {\n", n)
		for _, c := range modelColumns {
			fmt.Fprintf(&b, "\t%s %s\n", numbered.Replace(c.field), c.goType)
		}
		fmt.Fprintf(&b, "}\n\ntype entity%[1]dTable struct {\n\torm.Table[Entity%[1]d]\n", n)
		for _, c := range modelColumns {
			fmt.Fprintf(&b, "\t%s schema.%s\n", numbered.Replace(c.field), c.column)
		}
		fmt.Fprintf(&b, "}\n\nvar Entities%[1]d = orm.Declare(Base, \"entities_%[1]d\", entity%[1]dTable{ID: schema.BigInteger(schema.PrimaryKey())})\n", n)
	}
	return b.String()
}

const emptyText = "package empty\n\nimport \"" + library + "/orm\"\n\nvar Base = orm.NewBase()\n"

// writeModule writes a module of the two packages, which takes the library from
// the same place as this one does.
func writeModule(ctx context.Context, dir string, tables int) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", library).Output()
	if err != nil {
		return fmt.Errorf("go list finds no %s: run it in bench/peers: %w", library, told(err))
	}
	from := strings.TrimSpace(string(out))
	sums, err := os.ReadFile(filepath.Join(from, "go.sum"))
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"go.mod":         fmt.Sprintf("module written\n\ngo 1.26.0\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", library, from),
		"go.sum":         string(sums),
		"model/model.go": modelText(tables),
		"empty/empty.go": emptyText,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// told is an error with what the command has said.
func told(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}

// builder builds packages of the module that was written.
type builder struct {
	dir   string
	turns int
}

// build returns the processor time, in seconds, of building a package that has
// changed, and nothing of what it imports.
func (b *builder) build(ctx context.Context, name string) (float64, error) {
	b.turns++
	text := fmt.Sprintf("package %s\n\nconst turn = %q\n", name, fmt.Sprint(b.dir, b.turns)) // another text than any before
	if err := os.WriteFile(filepath.Join(b.dir, name, "turn.go"), []byte(text), 0o644); err != nil {
		return 0, err
	}
	c := exec.CommandContext(ctx, "go", "build", "-mod=mod", "./"+name)
	c.Dir, c.Env = b.dir, append(os.Environ(), "GOWORK=off")
	if _, err := c.Output(); err != nil {
		return 0, fmt.Errorf("go build ./%s: %w", name, told(err))
	}
	return (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), nil
}

// compiled measures a model of so many tables: medians of the rounds, in which
// both packages are built, after one that builds what they import.
func compiled(ctx context.Context, tables, rounds int) (_ *compileCost, err error) {
	dir, err := os.MkdirTemp("", "compiled")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := writeModule(ctx, dir, tables); err != nil {
		return nil, err
	}
	b := builder{dir: dir}
	samples := map[string][]float64{}
	for round := range rounds + 1 {
		for _, name := range []string{"empty", "model"} {
			t, err := b.build(ctx, name)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				samples[name] = append(samples[name], t)
			}
		}
	}
	c := &compileCost{Tables: tables, Columns: len(modelColumns), Model: median(samples["model"]), Empty: median(samples["empty"])}
	c.Beyond = c.Model - c.Empty
	return c, nil
}

// lastCompiled is the newest of the runs, which are in order, that have measured it.
func lastCompiled(runs []*results) *compileCost {
	for _, r := range runs {
		if r.Compile != nil {
			return r.Compile
		}
	}
	return nil
}
