package discovery_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
)

var (
	fleetHosts     = flag.Int("fleet.hosts", 1000, "how many hosts the benchmark's fleet has")
	fleetInstances = flag.Int("fleet.instances", 100, "how many instances each of its hosts has")
)

// BenchmarkFleet is a fleet of quiet hosts, behind real connections to an engine that
// another process pretends to be: how long it takes until all are registered (first-sync),
// what this process keeps for each host and each of its instances, what each ping costs in
// time of a CPU, and how many requests a minute a host gets at the default interval, in
// all and about single instances.
//
//	go test -run '^$' -bench Fleet -benchtime 1x ./discovery
func BenchmarkFleet(b *testing.B) {
	engine := startFakeEngine(b)
	for b.Loop() {
		small, big := measureFleet(b, engine, 0), measureFleet(b, engine, *fleetInstances)
		hosts := float64(*fleetHosts)
		b.ReportMetric(float64(big.sync.Milliseconds()), "first-sync-ms")
		b.ReportMetric(float64(big.syncCPU.Milliseconds()), "first-sync-cpu-ms")
		b.ReportMetric(small.heap/hosts, "B/host")
		b.ReportMetric((big.heap-small.heap)/hosts/float64(max(1, *fleetInstances)), "B/instance")
		b.ReportMetric(big.goroutines/hosts, "goroutines/host")
		b.ReportMetric(float64(big.cpu.Microseconds())/hosts, "cpu-µs/ping")
		b.ReportMetric(big.requests/hosts, "requests/host/min")
		b.ReportMetric(big.polls, "polls/min")
	}
}

// measured is what a fleet came to; the latter three in one interval.
type measured struct {
	sync, syncCPU    time.Duration
	heap, goroutines float64
	cpu              time.Duration
	requests, polls  float64
}

// measureFleet runs an agent with a fleet whose hosts have so many instances each.
func measureFleet(b *testing.B, engine fakeEngine, instances int) (m measured) {
	const interval = 10 * time.Second
	manager := fleet.New(fleet.Options{Ledger: fleet.LedgerOptions{
		SizeOf: func(driver.Instance) (driver.Resources, bool) {
			return driver.Resources{CPUs: 0.01, Memory: 1 << 20}, true
		},
	}})
	failed := make(chan error, 100**fleetHosts)
	var hosts many
	for n := range *fleetHosts {
		hosts = append(hosts, driver.Endpoint{Name: fmt.Sprintf("host-%d", n), URL: engine.url})
	}
	agent := discovery.Agent{
		Discoverer: hosts, Manager: manager, WatchInterval: time.Hour,
		PingInterval: interval, CallTimeout: discovery.DefaultPingInterval / 4, // shorter ones would measure the machine
		Open:   discovery.Opener(docker.Options{Owner: fmt.Sprintf("owner-%d", instances)}.Open),
		Failed: func(_ driver.Endpoint, err error) { failed <- err },
	}
	heap, goroutines, begun, cpu := heapOf(), runtime.NumGoroutine(), time.Now(), cpuOf(b)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { _ = agent.Run(ctx) })
	awaitUp(b, manager, len(hosts))
	m.sync, m.syncCPU = time.Since(begun), cpuOf(b)-cpu
	time.Sleep(interval + interval/2) // the first pings, which list once more
	m.heap, m.goroutines = heapOf()-heap, float64(runtime.NumGoroutine()-goroutines)
	engine.requests(b)
	cpu = cpuOf(b)
	time.Sleep(interval)
	m.cpu = cpuOf(b) - cpu
	for path, n := range engine.requests(b) {
		if path == "/_ping" {
			n *= float64(discovery.DefaultPingInterval / interval) // of the driver's watchdog, by its own clock
		}
		m.requests += n
		if strings.HasPrefix(path, "/containers/") && path != "/containers/json" {
			m.polls += n
		}
	}
	cancel()
	group.Wait()
	if len(failed) > 0 {
		b.Errorf("%d times a host failed: %v", len(failed), <-failed)
	}
	return m
}

// many is a discoverer of many endpoints.
type many []driver.Endpoint

func (m many) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for _, e := range m {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func awaitUp(b *testing.B, m *fleet.Manager, hosts int) {
	b.Helper()
	up := make(map[string]bool, hosts)
	for c, err := range m.Changes(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		if c.Host == "" || c.Instance != "" || c.Status != discovery.StatusUp {
			continue
		}
		if up[c.Host] = true; len(up) == hosts {
			return
		}
	}
}

func heapOf() float64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc + s.StackInuse)
}

func cpuOf(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fakeEngine is a process that answers as an engine would whose instances are quiet.
type fakeEngine struct{ url string }

const fakeEngineVar = "DOCKERHV_TEST_FAKE_ENGINE"

func startFakeEngine(b *testing.B) fakeEngine {
	b.Helper()
	child := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestFakeEngine$")
	child.Env = append(os.Environ(), fakeEngineVar+"=1")
	input, err := child.StdinPipe() // whose end is the child's
	if err != nil {
		b.Fatal(err)
	}
	output, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = input.Close()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return fakeEngine{"tcp://" + strings.TrimSpace(line)}
}

// requests returns how many requests of each path there were since it was asked last.
func (e fakeEngine) requests(b *testing.B) (counts map[string]float64) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http"+strings.TrimPrefix(e.url, "tcp")+"/counts", nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&counts); err != nil {
		b.Fatal(err)
	}
	return counts
}

// TestFakeEngine is the engine of BenchmarkFleet, in a process of its own.
func TestFakeEngine(t *testing.T) {
	if os.Getenv(fakeEngineVar) == "" {
		t.SkipNow() // it proves nothing
	}
	var mu sync.Mutex
	counts, lists := make(map[string]int), make(map[string]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/v1.41")
		mu.Lock()
		defer mu.Unlock()
		if path == "/counts" {
			_ = json.NewEncoder(w).Encode(counts)
			clear(counts)
			return
		}
		counts[path]++
		filters := r.URL.Query().Get("filters")
		if path == "/containers/json" && lists[filters] == "" {
			lists[filters] = listing(filters)
		}
		list := lists[filters]
		mu.Unlock()
		defer mu.Lock()
		answer(w, r, path, list)
	}))
	fmt.Println(server.Listener.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	server.CloseClientConnections()
	server.Close()
}

// answer answers as an engine would.
func answer(w http.ResponseWriter, r *http.Request, path, list string) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	switch path {
	case "/_ping":
	case "/info":
		_, _ = io.WriteString(w, `{"ID":"fake","Name":"fake","NCPU":64,"MemTotal":274877906944,"ServerVersion":"20.10.24","CgroupVersion":"2"}`)
	case "/version":
		_, _ = io.WriteString(w, `{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}`)
	case "/containers/json":
		_, _ = io.WriteString(w, list)
	case "/events":
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		http.NotFound(w, r)
	}
}

// listing is a list of as many running instances as the owner's name says.
func listing(filters string) string {
	_, after, _ := strings.Cut(filters, "owner-")
	var n int
	_, _ = fmt.Sscanf(after, "%d", &n)
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"Id":"%064d","Names":["/owner.i-%d"],"Image":"web","ImageID":"sha256:%064d","Created":1,"State":"running",`+
			`"Labels":{"io.github.dockerhv.owner":"owner-%d","io.github.dockerhv.instance":"i-%d","io.github.dockerhv.spec-hash":"v1:%064d"}}`, i, i, 0, n, i, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}
