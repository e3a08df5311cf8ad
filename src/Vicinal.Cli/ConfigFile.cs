using System.CommandLine;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Vicinal.Cli;

/// <summary>A setting that a user got wrong; the message names it.</summary>
public sealed class SettingException(string message) : Exception(message);

/// <summary>
/// A configuration file is a flat YAML mapping whose keys are the command's long options without the dashes, so that there is one
/// reference for both. It is turned into arguments in front of those given, which therefore win.
/// </summary>
public static class ConfigFile
{
    /// <summary>The arguments that the file stands for; options that the command line names are left out.</summary>
    /// <exception cref="SettingException">The file cannot be read or names what the command does not know.</exception>
    public static IReadOnlyList<string> Read(string path, Command command, IReadOnlyCollection<string> given)
    {
        List<string> arguments = [];
        foreach ((YamlNode keyNode, YamlNode value) in Load(path).Children)
        {
            string key = ((YamlScalarNode)keyNode).Value ?? "";
            Option option = command.Options.FirstOrDefault(o => o.Name == "--" + key)
                ?? throw new SettingException($"{path}:{keyNode.Start.Line}: '{key}' is not a setting of 'vicinal {command.Name}'");
            if (key == "config")
            {
                throw new SettingException($"{path}:{keyNode.Start.Line}: a configuration file cannot name another");
            }

            if (given.Contains(option.Name))
            {
                continue;
            }

            foreach (string text in Values(path, key, value))
            {
                if (command.Parse([option.Name, text]).Errors is [{ } error, ..])
                {
                    throw new SettingException($"{path}:{value.Start.Line}: {key}: {error.Message}");
                }

                arguments.Add(option.Name);
                arguments.Add(text);
            }
        }

        return arguments;
    }

    private static YamlMappingNode Load(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            YamlStream stream = [];
            stream.Load(reader);
            return stream.Documents switch
            {
                [] => [],
                [{ RootNode: YamlMappingNode root }] when root.Children.Keys.All(k => k is YamlScalarNode) => root,
                _ => throw new SettingException($"{path}: not a mapping of settings"),
            };
        }
        catch (YamlException e)
        {
            throw new SettingException($"{path}:{e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{path}: {e.Message}");
        }
    }

    private static IEnumerable<string> Values(string path, string key, YamlNode value) => value switch
    {
        YamlScalarNode scalar => [scalar.Value ?? ""],
        YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) => list.Children.Select(c => ((YamlScalarNode)c).Value ?? ""),
        _ => throw new SettingException($"{path}:{value.Start.Line}: '{key}' is neither a value nor a list of values"),
    };
}
