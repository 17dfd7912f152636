import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * One search node: {@code Node RUNNER HOME SETTING=VALUE...}. Ends with the process that started it.
 *
 * <p>RUNNER is the class, of OpenSearch or of Elasticsearch, that puts a node together from jars; the two have the same
 * methods and nothing else in common, so they are called by name.
 */
public class Node {
    public static void main(String[] args) throws Exception {
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(0)));
        Class<?> type = Class.forName(args[0]);
        Object runner = type.getConstructor().newInstance();
        Class<?> listener = Class.forName(args[0] + "$Builder");
        Object settings = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {listener}, (self, method, given) -> {
            for (int i = 2; i < args.length; i++) {
                String[] setting = args[i].split("=", 2);
                given[1].getClass().getMethod("put", String.class, String.class).invoke(given[1], setting[0], setting[1]);
            }
            return null;
        });
        type.getMethod("onBuild", listener).invoke(runner, settings);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                type.getMethod("close").invoke(runner);
            } catch (ReflectiveOperationException error) {
                error.printStackTrace();
            }
        }));
        try {
            type.getMethod("build", String[].class).invoke(runner, (Object) new String[] {"-basePath", args[1], "-numOfNode", "1"});
        } catch (InvocationTargetException error) {
            error.getCause().printStackTrace();
            System.exit(1);
        }
        Thread.currentThread().join();
    }
}
