// Reads files as their own projects do, strictly: Kubernetes objects (-kubernetes), a compose file (-compose), a Grafana
// dashboard (-grafana).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	manifests := flag.String("kubernetes", "", "file of Kubernetes objects")
	compose := flag.String("compose", "", "compose file")
	grafana := flag.String("grafana", "", "Grafana dashboard")
	flag.Parse()
	if err := errors.Join(checkKubernetes(*manifests), checkCompose(*compose), checkGrafana(*grafana)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Every document is a known kind, those of the Prometheus Operator among them, and has no unknown or repeated field.
func checkKubernetes(path string) error {
	if path == "" {
		return nil
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, networkingv1.AddToScheme, monitoringv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	options := json.SerializerOptions{Yaml: true, Strict: true}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, options)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	documents := yaml.NewDocumentDecoder(file)
	defer documents.Close()
	var problems error
	buffer := make([]byte, 1<<20)
	for {
		size, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return problems
		}
		if err != nil {
			return errors.Join(problems, err)
		}
		_, kind, err := decoder.Decode(buffer[:size], nil, nil)
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		fmt.Println(kind.Kind)
	}
}

// The file is valid by the compose specification's schema, and the paths and names in it resolve.
func checkCompose(path string) error {
	if path == "" {
		return nil
	}
	options, err := cli.NewProjectOptions([]string{path})
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	for _, name := range project.ServiceNames() {
		fmt.Println(name)
	}
	return nil
}

// The dashboard has no unknown field and keeps every constraint of Grafana's schema, panels and queries included.
func checkGrafana(path string) error {
	if path == "" {
		return nil
	}
	plugins.RegisterDefaultPlugins()
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var board dashboard.Dashboard
	// The reader can return an empty list as its error: only what is in the list counts.
	var found cog.BuildErrors
	if err := board.UnmarshalJSONStrict(raw); err != nil && (!errors.As(err, &found) || len(found) > 0) {
		return err
	}
	if err := board.Validate(); err != nil {
		return err
	}
	fmt.Println(*board.Title)
	return nil
}
