// Files as objects of NDN, with ndnd's own library, as its `put` and `cat` do it for one object each process: `serve` makes
// every file of a folder an object and announces them, `fetch` reads paths from standard input, one a line, and writes each
// object to a file. It has version 1, so that nobody has to ask its maker for the version.
//
//	objects serve PREFIX FOLDER              until it is told to end; "ready" on standard output when all are announced
//	objects fetch PREFIX OUTPUT PARALLEL     {"times":[ms…],"bytes":N} at the end; OUTPUT "-" keeps nothing
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	enc "github.com/named-data/ndnd/std/encoding"
	"github.com/named-data/ndnd/std/engine"
	"github.com/named-data/ndnd/std/ndn"
	"github.com/named-data/ndnd/std/object"
	"github.com/named-data/ndnd/std/object/storage"
)

// The store of a forwarder keeps an object for as long as it has room.
const freshness = time.Hour

// Segments that are lost with a router are asked for again by a new attempt.
const attempts = 1000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	app := engine.NewBasicEngine(engine.NewDefaultFace())
	if err := app.Start(); err != nil {
		return err
	}
	defer app.Stop()
	client := object.NewClient(app, storage.NewMemoryStore(), nil)
	if err := client.Start(); err != nil {
		return err
	}
	defer client.Stop()
	switch {
	case len(args) == 3 && args[0] == "serve":
		return serve(client, args[1], args[2])
	case len(args) == 4 && args[0] == "fetch":
		parallel, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		return fetchAll(client, args[1], args[2], parallel)
	}
	return fmt.Errorf("serve PREFIX FOLDER | fetch PREFIX OUTPUT PARALLEL")
}

func nameOf(prefix, path string) (enc.Name, error) {
	name, err := enc.NameFromStr(prefix + "/" + strings.ReplaceAll(path, string(os.PathSeparator), "/"))
	if err != nil {
		return nil, err
	}
	return name.WithVersion(1), nil
}

func serve(client ndn.Client, prefix, folder string) error {
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name, err := nameOf(prefix, inside)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		args := ndn.ProduceArgs{Name: name, Content: enc.Wire{content}, FreshnessPeriod: freshness, NoMetadata: true}
		_, err = client.Produce(args)
		return err
	})
	if err != nil {
		return err
	}
	name, err := enc.NameFromStr(prefix)
	if err != nil {
		return err
	}
	client.AnnouncePrefix(ndn.Announcement{Name: name})
	fmt.Println("ready")
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	<-told
	return nil
}

func fetchAll(client ndn.Client, prefix, output string, parallel int) error {
	var paths []string
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		paths = append(paths, lines.Text())
	}
	times := make([]float64, len(paths))
	sizes := make([]int, len(paths))
	failures := make([]error, len(paths))
	next := make(chan int)
	var done sync.WaitGroup
	for range parallel {
		done.Add(1)
		go func() {
			defer done.Done()
			for index := range next {
				began := time.Now()
				sizes[index], failures[index] = fetch(client, prefix, paths[index], output)
				times[index] = float64(time.Since(began).Microseconds()) / 1000
			}
		}()
	}
	for index := range paths {
		next <- index
	}
	close(next)
	done.Wait()
	bytes := 0
	for index, size := range sizes {
		if failures[index] != nil {
			return fmt.Errorf("%s: %w", paths[index], failures[index])
		}
		bytes += size
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"times": times, "bytes": bytes})
}

// Gives the bytes of one object. What came is written as it comes, and from the beginning again in a new attempt.
func fetch(client ndn.Client, prefix, path, output string) (int, error) {
	name, err := nameOf(prefix, path)
	if err != nil {
		return 0, err
	}
	for attempt := 0; ; attempt++ {
		size, err := attemptAt(client, name, path, output)
		if err == nil || attempt == attempts {
			return size, err
		}
	}
}

func attemptAt(client ndn.Client, name enc.Name, path, output string) (int, error) {
	var file *os.File
	if output != "-" {
		target := filepath.Join(output, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return 0, err
		}
		var err error
		if file, err = os.Create(target); err != nil {
			return 0, err
		}
		defer file.Close()
	}
	size := 0
	take := func(state ndn.ConsumeState) {
		for _, piece := range state.Content() {
			size += len(piece)
			if file != nil {
				file.Write(piece)
			}
		}
	}
	ended := make(chan error, 1)
	client.ConsumeExt(ndn.ConsumeExtArgs{
		Name:       name,
		NoMetadata: true,
		OnProgress: take,
		Callback: func(state ndn.ConsumeState) {
			if state.Error() == nil {
				take(state)
			}
			ended <- state.Error()
		},
	})
	err := <-ended
	return size, err
}
